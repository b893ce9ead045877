import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import {
  createKeys,
  createSecret,
  findPort,
  proxies,
  sharedPair,
  startProxy,
  startServer,
  stepFolder,
  whyNoProxy,
} from '@guard-up/lab'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { catalogue } from '../../../guardcheck/src/catalogue.ts'
import { judgeAll } from '../../../guardcheck/src/judge/runner.ts'
import {
  type LyingIssuer,
  openLiar,
} from '../../../guardcheck/src/liar/issuer.ts'

const pair = await sharedPair()
const origin = 'https://app.example'

/** Two callers who may read documents. */
const grants = ['desk', 'night'].map((name) => ({
  name,
  secret: createSecret(),
  scopes: ['documents:read'],
}))
const [secret = '', otherSecret = ''] = grants.map((grant) => grant.secret)

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
  /** Milliseconds after the request at which each piece of the body came. */
  times: number[]
}

/** One request over a connection of its own. */
function ask(
  url: URL,
  {
    headers = {},
    body = '',
    from,
  }: { headers?: Record<string, string>; body?: string; from?: string } = {},
): Promise<Answer> {
  const started = Date.now()
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        method: body ? 'POST' : 'GET',
        agent: false,
        ca: pair.cert,
        localAddress: from,
        // Else it would be taken from the Host line.
        servername: '',
        headers: {
          Accept: 'application/json, text/event-stream',
          'Content-Type': 'application/json',
          ...headers,
        },
      },
      async (incoming) => {
        const times: number[] = []
        let text = ''
        for await (const piece of incoming) {
          times.push(Date.now() - started)
          text += piece
        }
        const { statusCode: status = 0, headers } = incoming
        resolve({ status, headers, body: text, times })
      },
    )
    call.on('error', reject)
    call.end(body)
  })
}

/** The properties that do not hold behind each. */
const fails: Record<string, string[]> = {
  // It takes the name off the target, and goes by Host.
  nginx: ['transport/host-rebind-403'],
  // Go reads by one of two lengths, and keeps the connection.
  caddy: ['transport/framing-conflict-400'],
}

const ping = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

for (const proxy of proxies) {
  const missing = whyNoProxy(proxy)
  if (missing) console.warn(`Skipped: ${missing}`)

  describe.skipIf(missing)(`step 3 behind ${proxy.name}`, () => {
    const home = mkdtempSync(join(tmpdir(), 'guard-up-proxy-'))
    const stops: (() => Promise<void>)[] = []
    let url: URL
    let liar: LyingIssuer

    /** Starts both; more guesses are let through than a test has. */
    const start = async (folder: string, guesses: number) => {
      const place = join(home, folder)
      const keys = createKeys(join(home, `${folder}.json`))
      await keys.replace(keys.format(grants))
      const [from, to] = [await findPort(), await findPort()]
      const served = await startServer(stepFolder(3), {
        PORT: `${to}`,
        PUBLIC_URL: `https://127.0.0.1:${from}/mcp`,
        TRUSTED_PROXY: '127.0.0.1',
        MCP_TOKENS_FILE: keys.file,
        ALLOWED_ORIGINS: origin,
        OAUTH_ISSUER: liar.url,
        OFFICE_DIR: join(place, 'office'),
        GUESSES_PER_MINUTE: `${guesses}`,
      })
      stops.push(served.stop)
      stops.push(await startProxy(proxy, place, pair, { from, to }))
      return served.url
    }

    beforeAll(async () => {
      liar = await openLiar()
      stops.push(async () => liar.close())
      url = await start('few', 5)
    })
    afterAll(async () => {
      for (const stop of stops.reverse()) await stop()
      rmSync(home, { recursive: true, force: true })
    })

    test('a client with a token calls a tool', async () => {
      const client = new Client({ name: 'desk', version: '1.0.0' })
      const requestInit = { headers: bearer(secret) }
      await client.connect(
        new StreamableHTTPClientTransport(url, { requestInit }),
      )
      const { content } = await client.callTool({
        name: 'read_document',
        arguments: { path: '.' },
      })
      expect(content).toMatchObject([{ type: 'text' }])
      await client.close()
    })

    test('the challenge names metadata that is there, about the public URL', async () => {
      const refused = await ask(url, { body: ping })
      expect(refused.status).toBe(401)
      const challenge = `${refused.headers['www-authenticate']}`
      const [, where = ''] = /resource_metadata="([^"]+)"/.exec(challenge) ?? []
      expect(where).toBe(
        `${url.origin}/.well-known/oauth-protected-resource/mcp`,
      )
      const metadata = await ask(new URL(where))
      expect(JSON.parse(metadata.body).resource).toBe(url.href)
    })

    test('a browser is told to stay on HTTPS, refused or not', async () => {
      for (const headers of [{}, bearer(secret)]) {
        const answer = await ask(url, { headers, body: ping })
        expect(answer.headers['strict-transport-security']).toBe(
          'max-age=31536000',
        )
      }
    })

    test('a foreign Host and a foreign Origin are refused', async () => {
      const lines: Record<string, string>[] = [
        { Host: 'evil.example' },
        { Host: 'evil.example', 'X-Forwarded-Host': url.host },
        { Origin: 'https://evil.example' },
      ]
      for (const line of lines) {
        const headers = { ...bearer(secret), ...line }
        expect((await ask(url, { headers, body: ping })).status).toBe(403)
      }
    })

    test('a body over the limit is refused', async () => {
      const body = ping + ' '.repeat(1024 * 1024)
      const answer = await ask(url, { headers: bearer(secret), body })
      expect(answer.status).toBe(413)
    })

    test('who guesses tokens cannot come from elsewhere by writing so', async () => {
      const guess = (n: number, from?: string) => {
        const headers = {
          ...bearer(createSecret()),
          'X-Forwarded-For': `203.0.113.${n}`,
          Forwarded: `for=203.0.113.${n}`,
        }
        return ask(url, { headers, body: ping, from })
      }
      const statuses = []
      for (const n of [1, 2, 3, 4, 5, 6, 7]) {
        statuses.push((await guess(n)).status)
      }
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429])
      const honest = await ask(url, { headers: bearer(secret), body: ping })
      expect(honest.status).toBe(200)
    })

    // Linux has the whole of 127.0.0.0/8 to come from.
    test.runIf(process.platform === 'linux')(
      "the guesses of one address are not another's",
      async () => {
        const headers = bearer(createSecret())
        const other = await ask(url, { headers, body: ping, from: '127.0.0.2' })
        expect(other.status).toBe(401)
      },
    )

    test('every property that needs no hold on it holds', async () => {
      const { results } = await judgeAll(
        catalogue.filter(({ id }) => id !== 'operation/auth-fail-throttle'),
        {
          url: await start('many', 10_000),
          token: secret,
          secondToken: otherSecret,
          ca: pair.cert,
          maxBodyBytes: 1024 * 1024,
          origin,
          health: '/healthz',
          intrusive: true,
        },
      )
      const failing = results.filter(({ verdict }) => verdict === 'fails')
      expect(failing.map((r) => `${r.property.id}: ${r.why}`)).toEqual(
        fails[proxy.name]?.map((id) => expect.stringContaining(id)),
      )
      expect(
        results.filter((r) => r.verdict === 'holds').length,
      ).toBeGreaterThan(30)
    })

    test('an answer that is streamed comes in pieces', async () => {
      const streamer = createServer(async (_req, res) => {
        res.writeHead(200, { 'Content-Type': 'text/event-stream' })
        for (const n of [1, 2, 3]) {
          res.write(`data: ${n}\n\n`)
          await setTimeout(300)
        }
        res.end()
      })
      await once(streamer.listen(0, '127.0.0.1'), 'listening')
      const { port: to } = streamer.address() as AddressInfo
      const from = await findPort()
      const home = mkdtempSync(join(tmpdir(), 'guard-up-proxy-'))
      const stop = await startProxy(proxy, home, pair, { from, to })
      const { times } = await ask(new URL(`https://127.0.0.1:${from}/mcp`))
      await stop()
      streamer.close()
      rmSync(home, { recursive: true, force: true })
      const [first = 0, second = 0] = times
      expect(times).toHaveLength(3)
      expect(second - first).toBeGreaterThan(150)
    })
  })
}

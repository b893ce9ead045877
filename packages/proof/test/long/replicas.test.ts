// Three replicas behind nginx, with one file of tokens and one issuer.
import { execFile } from 'node:child_process'
import {
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { request as requestPlain } from 'node:http'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import {
  findPort,
  proxies,
  runProxy,
  sharedPair,
  startServer,
  stepFolder,
  whyNoProxy,
} from '@guard-up/lab'
import type { StartedProcess } from 'guardcheck'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type LyingIssuer,
  openLiar,
} from '../../../guardcheck/src/liar/issuer.ts'

const pair = await sharedPair()
const [nginx] = proxies
if (!nginx) throw new Error('There is no nginx among the proxies.')
const missing = whyNoProxy(nginx)
if (missing) console.warn(`Skipped: ${missing}`)

interface Replica {
  port: number
  process: StartedProcess
}

const body = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'read_document', arguments: { path: '.' } },
})

/** Calls that are under way at most. */
const sides = 4

/** Milliseconds in which a change has to be everywhere. */
const second = 1000

describe.skipIf(missing).each([2, 3])('three replicas of step %i', (step) => {
  const home = mkdtempSync(join(tmpdir(), 'guard-up-replicas-'))
  const file = join(home, 'tokens.json')
  const agent = new Agent({ keepAlive: true, ca: pair.cert, maxSockets: 16 })
  const ends: (() => Promise<unknown>)[] = []
  const replicas: Replica[] = []
  let front = 0
  let liar: LyingIssuer
  let secrets: string[]

  /** What the operator types; the secrets that it shows, if any. */
  const key = async (...args: string[]): Promise<string[]> => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', 'bin/key.ts', ...args],
      { cwd: stepFolder(2), env: { ...process.env, MCP_TOKENS_FILE: file } },
    )
    return stdout.trim().split('\n')
  }

  const startReplica = (port: number): Promise<StartedProcess> =>
    startServer(
      stepFolder(step),
      {
        PORT: `${port}`,
        MCP_TOKENS_FILE: file,
        OFFICE_DIR: join(home, `office-${port}`),
        PUBLIC_URL: `https://127.0.0.1:${front}/mcp`,
        TRUSTED_PROXY: '127.0.0.1',
        GUESSES_PER_MINUTE: '100000',
        OAUTH_ISSUER: liar.url,
        OAUTH_MAX_AGE: '0.5',
        OAUTH_CLIENT_ID: liar.client.id,
        OAUTH_CLIENT_SECRET_FILE: join(home, 'client.secret'),
      },
      // What it prints is the URL of all of them.
      new URL(`http://127.0.0.1:${port}/mcp`),
    )

  beforeAll(async () => {
    liar = await openLiar()
    ends.push(() => liar.close())
    const secretFile = join(home, 'client.secret')
    writeFileSync(secretFile, liar.client.secret, { mode: 0o600 })
    front = await findPort()
    secrets = await key('mint', 'desk', 'night', '--scope', 'documents:read')
    const ports = [await findPort(), await findPort(), await findPort()]
    await Promise.all(
      ports.map(async (port) => {
        const replica = { port, process: await startReplica(port) }
        ends.push(() => replica.process.stop())
        replicas.push(replica)
      }),
    )
    const source = new URL('../../../../deploy/nginx.conf', import.meta.url)
    const text = ports.reduce(
      (rest, port, index) => rest.replace(`:301${index + 1}`, `:${port}`),
      readFileSync(source, 'utf8').replace(':8443', `:${front}`),
    )
    ends.push(await runProxy(nginx, text, home, pair, front))
  }, 60_000)
  afterAll(async () => {
    agent.destroy()
    for (const end of ends.reverse()) await end()
    rmSync(home, { recursive: true, force: true })
  })

  /** One call of a tool; answers its status, 0 where none came. */
  const call = (secret: string, port?: number): Promise<number> =>
    new Promise((resolve) => {
      const options = {
        host: '127.0.0.1',
        port: port ?? front,
        path: '/mcp',
        method: 'POST',
        headers: {
          Host: `127.0.0.1:${front}`,
          Authorization: `Bearer ${secret}`,
          Accept: 'application/json, text/event-stream',
          'Content-Type': 'application/json',
          'X-Forwarded-Proto': 'https',
        },
      }
      const sent = port
        ? requestPlain({ ...options, agent: false })
        : request({ ...options, agent, servername: '' })
      sent.on('response', (answer) => {
        answer.resume()
        answer.on('close', () => resolve(answer.statusCode ?? 0))
      })
      sent.on('error', () => resolve(0))
      sent.end(body)
    })

  /** When each replica first answered so, since the file was written. */
  const spread = (secret: string, status: number): Promise<number[]> => {
    const end = Date.now() + 5 * second
    return Promise.all(
      replicas.map(async ({ port }) => {
        while (Date.now() < end) {
          if ((await call(secret, port)) === status) return Date.now()
          await setTimeout(40)
        }
        return Number.POSITIVE_INFINITY
      }),
    )
  }

  interface Sent {
    at: number
    status: number
  }

  /** Calls from several sides until it is stopped; `secret` may change. */
  const load = (secret: () => string) => {
    const sent: Sent[] = []
    let going = true
    const senders = Array.from({ length: sides }, async () => {
      while (going) {
        const one = { at: Date.now(), status: 0 }
        one.status = await call(secret())
        sent.push(one)
        // What is measured is the change, not how much the machine can do.
        await setTimeout(20)
      }
    })
    return async () => {
      going = false
      await Promise.all(senders)
      return sent
    }
  }

  const lostOf = (sent: Sent[]) => sent.filter(({ status }) => status !== 200)

  test('a rotation reaches all of them, and no call fails', async () => {
    let [current = ''] = secrets
    const old = current
    const stop = load(() => current)
    const [fresh = ''] = await key('rotate', 'desk', '--overlap', '1s')
    const written = statSync(file).mtimeMs
    const known = await spread(fresh, 200)
    current = fresh
    const retired = await spread(old, 401)
    const sent = await stop()
    const took = Math.max(...known) - written
    // A clock of files and one of programs: they differ by a tick.
    const ended = Math.max(...retired) - written - second
    console.log(
      `step ${step}: rotated in ${Math.round(took)} ms, ` +
        `${lostOf(sent).length} of ${sent.length} calls failed`,
    )
    expect(lostOf(sent)).toEqual([])
    expect(sent.length).toBeGreaterThan(50)
    expect(took).toBeLessThan(second)
    expect(ended).toBeLessThan(second)
    secrets[0] = fresh
  })

  test('a revocation reaches all of them, and no other call fails', async () => {
    const [desk = '', night = ''] = secrets
    expect(await spread(night, 200)).toHaveLength(3)
    const stop = load(() => desk)
    const refused = spread(night, 401)
    await key('revoke', 'night')
    const took = Math.max(...(await refused)) - statSync(file).mtimeMs
    const through = await Promise.all(
      Array.from({ length: 12 }, () => call(night)),
    )
    const sent = await stop()
    console.log(
      `step ${step}: revoked in ${Math.round(took)} ms, ` +
        `${lostOf(sent).length} of ${sent.length} calls failed`,
    )
    expect(took).toBeLessThan(second)
    expect(new Set(through)).toEqual(new Set([401]))
    expect(lostOf(sent)).toEqual([])
  })

  if (step === 3) {
    test('a new key of the issuer and a token that it revokes reach all of them', async () => {
      const claims = {
        aud: `https://127.0.0.1:${front}/mcp`,
        scope: 'documents:read',
      }
      const opaque = liar.issueOpaque(claims)
      const before = await liar.mint(claims)
      await spread(before, 200)
      await spread(opaque, 200)
      const stop = load(() => before)
      await liar.rotate()
      const rotated = Date.now()
      const known = await spread(await liar.mint(claims), 200)
      liar.revokeOpaque(opaque)
      const revoked = Date.now()
      const refused = await spread(opaque, 401)
      const sent = await stop()
      const took = [
        Math.max(...known) - rotated,
        Math.max(...refused) - revoked,
      ]
      console.log(
        `step 3: the issuer's new key known in ${took[0]} ms, ` +
          `its revocation in ${took[1]} ms, ` +
          `${lostOf(sent).length} of ${sent.length} calls failed`,
      )
      expect(Math.max(...took)).toBeLessThan(second)
      expect(lostOf(sent)).toEqual([])
    })
  }

  /** Starts it again, and waits until it has answered a few calls. */
  const bringBack = async (replica: Replica) => {
    await setTimeout(200)
    replica.process = await startReplica(replica.port)
    const end = Date.now() + 10 * second
    const answered = () => replica.process.output().split('\n').length > 5
    while (!answered() && Date.now() < end) await setTimeout(50)
    expect(answered()).toBe(true)
  }

  test('one that is ended and started again under load loses no call', async () => {
    const [secret = ''] = secrets
    const replica = replicas[0] as Replica
    const stop = load(() => secret)
    await setTimeout(200)
    await replica.process.stop()
    await bringBack(replica)
    const sent = await stop()
    console.log(
      `step ${step}: ended and started, ` +
        `${lostOf(sent).length} of ${sent.length} calls failed`,
    )
    expect(lostOf(sent)).toEqual([])
  })

  test('one that is killed under load loses what was under way there', async () => {
    const [secret = ''] = secrets
    const replica = replicas[1] as Replica
    const stop = load(() => secret)
    await setTimeout(200)
    process.kill(replica.process.pid, 'SIGKILL')
    await replica.process.ended
    const gone = Date.now()
    await bringBack(replica)
    const sent = await stop()
    const lost = lostOf(sent)
    console.log(
      `step ${step}: killed, ${lost.length} of ${sent.length} calls failed`,
    )
    expect(lost.filter(({ at }) => at > gone)).toEqual([])
    expect(lost.length).toBeLessThanOrEqual(sides)
  })
})

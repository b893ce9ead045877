import { statSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { connect } from 'node:tls'
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  test,
} from 'vitest'
import {
  Client,
  ca,
  cleanUp,
  type Issuer,
  passwords,
  startIssuer,
} from './issuer.ts'
import { Browser, createFetch } from './wire.ts'

let issuer: Issuer
let client: Client

beforeAll(async () => {
  issuer = await startIssuer()
  client = await Client.of(issuer)
})
afterAll(async () => {
  await issuer.stop()
  cleanUp()
})

const from = (address: string) => createFetch(ca, address)

describe('strangers who begin what they do not end', () => {
  const sizeOf = () => statSync(join(issuer.folder, 'store/data.mdb')).size

  test('fill neither the disk nor the way of others', async () => {
    const honest = new Browser(from('127.0.8.1'))
    await honest.visit(await client.url())
    const crowd = from('127.0.8.2')
    const first = new Browser(crowd)
    await first.visit(await client.url())
    const url = await client.url({ state: 'x'.repeat(3_000) })
    const flood = async (count: number) => {
      for (let n = 0; n < count; n += 20) {
        const answers = await Promise.all(
          Array.from({ length: 20 }, () => crowd(url)),
        )
        for (const { status } of answers) expect(status).toBe(303)
      }
    }
    await flood(200)
    const before = sizeOf()
    await flood(800)
    // A thousand of them would be three megabytes and more.
    expect(sizeOf() - before).toBeLessThan(1_000_000)
    // The oldest of their own address gave way, and nobody else's.
    await first.visit(first.page.url)
    expect(first.page.status).toBe(400)
    await honest.press('login', { login: 'alice', password: passwords.alice })
    expect(honest.page.text).toContain('You are logged in as alice.')
  })

  test('from however many addresses do not end the log-in of one who has one page', async () => {
    const honest = new Browser(from('127.0.9.1'))
    await honest.visit(await client.url())
    const url = await client.url()
    // Each within what an address may have, and more than all may have.
    for (let address = 1; address <= 26; address += 1) {
      const crowd = from(`127.0.10.${address}`)
      for (let n = 0; n < 80; n += 20) {
        await Promise.all(Array.from({ length: 20 }, () => crowd(url)))
      }
    }
    await honest.press('login', { login: 'bob', password: passwords.bob })
    expect(honest.page.text).toContain('You are logged in as bob.')
  }, 60_000)

  test.each([
    ['state', 4_000],
    ['nonce', 4_000],
    ['scope', 4_000],
    ['login_hint', 4_000],
    ['unknown', 12_000],
  ])('with a %s of %i characters are refused', async (name, length) => {
    const url = await client.url({ [name]: 'x'.repeat(length) })
    const answer = await from('127.0.8.3')(url)
    expect(answer.status).toBe(414)
    expect(await answer.text()).toContain('invalid_request')
  })
})

describe('strangers who register clients', () => {
  let open: Issuer
  const most = 500

  beforeEach(async () => {
    open = await startIssuer({ ISSUER_REGISTRATION: 'on' })
  })
  afterEach(() => open.stop())

  async function register(address: string): Promise<Client> {
    const res = await from(address)(`${open.url}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        redirect_uris: ['http://127.0.0.1/callback'],
        token_endpoint_auth_method: 'none',
      }),
    })
    expect(res.status).toBe(201)
    const { client_id } = (await res.json()) as { client_id: string }
    return Client.of(open, client_id)
  }

  /** Each address within what it may have, and all more than all may have. */
  async function crowd(ofEach: number): Promise<Client[]> {
    const clients: Client[] = []
    for (let n = 1; clients.length < most; n += 1) {
      const address = `127.0.11.${n}`
      const some = Array.from({ length: ofEach }, () => register(address))
      clients.push(...(await Promise.all(some)))
    }
    return clients
  }

  async function isKnown(client: Client): Promise<boolean> {
    const browser = new Browser(from('127.0.9.9'))
    await browser.visit(await client.url())
    return browser.page.status === 200
  }

  async function finish(browser: Browser, client: Client): Promise<void> {
    const at = await browser.press('login', {
      login: 'alice',
      password: passwords.alice,
    })
    expect(browser.page.text).toContain('You are logged in as alice.')
    const back = at === browser.page.url ? await browser.press('allow') : at
    const tokens = await client.redeem(new URL(back).searchParams)
    expect(tokens.status).toBe(200)
  }

  test('do not push out the client of one who registered one', async () => {
    const unvisited = await register('127.0.9.2')
    const client = await register('127.0.9.3')
    const honest = new Browser(from('127.0.9.3'))
    await honest.visit(await client.url())
    await crowd(20)
    expect(await isKnown(unvisited)).toBe(true)
    await finish(honest, client)
  }, 60_000)

  test('and hold all of theirs in use do not push out one that is not', async () => {
    const unvisited = await register('127.0.9.2')
    const held = await crowd(20)
    for (const [n, client] of held.entries()) {
      await from(`127.0.12.${n % 25}`)(await client.url())
    }
    for (let n = 1; n <= 20; n += 1) await register('127.0.13.1')
    expect(await isKnown(unvisited)).toBe(true)
  }, 60_000)

  test('do not push out clients that a person allowed something, however many one address registered', async () => {
    const used: Client[] = []
    const alice = new Browser(from('127.0.9.6'))
    for (let n = 0; n < 3; n += 1) {
      const client = await register('127.0.9.7')
      await alice.allow(await client.url(), 'alice', passwords.alice)
      used.push(client)
    }
    await crowd(2)
    for (const client of used) expect(await isKnown(client)).toBe(true)
  }, 60_000)

  test('and share an address with a person push out what is not in use', async () => {
    const client = await register('127.0.9.4')
    const honest = new Browser(from('127.0.9.5'))
    await honest.visit(await client.url())
    const next = await register('127.0.9.4')
    // This address has the most, and its oldest is on somebody's page.
    for (let n = 2; n < 20; n += 1) await register('127.0.9.4')
    await crowd(19)
    expect(await isKnown(next)).toBe(false)
    await finish(honest, client)
  }, 60_000)
})

describe('a request with 3,000 header lines', () => {
  test('is judged by all of them', async () => {
    const { port } = new URL(issuer.url)
    const socket = connect({ port: Number(port), host: '127.0.0.1', ca })
    let said = ''
    socket.on('data', (bytes) => {
      said += bytes
    })
    // A second Host, behind as many lines as Node would keep.
    socket.end(
      `GET /jwks HTTP/1.1\r\nHost: localhost:${port}\r\n${'a:\r\n'.repeat(3_000)}Host: evil.example\r\nConnection: close\r\n\r\n`,
    )
    await new Promise((done) => socket.once('close', done))
    expect(said).toMatch(/^HTTP\/1\.1 400 /)
  })
})

describe('Expect: 100-continue', () => {
  /** What comes first: that one may go on, or the answer. */
  const ask = (path: string, length: number) =>
    new Promise<string | number>((resolve, reject) => {
      const req = request(issuer.url + path, {
        ca,
        agent: false,
        method: 'POST',
        headers: {
          expect: '100-continue',
          'content-length': length,
          'content-type': 'application/x-www-form-urlencoded',
        },
      })
      req.once('continue', () => {
        req.destroy()
        resolve('go on')
      })
      req.once('response', ({ statusCode = 0 }) => {
        req.destroy()
        resolve(statusCode)
      })
      req.once('error', reject)
      req.flushHeaders()
    })

  test('is answered by the edge, which has looked first', async () => {
    expect(await ask('/token', 100)).toBe('go on')
    expect(await ask('/token', 100_000)).toBe(413)
    expect(await ask('/nowhere', 100)).toBe(404)
    expect(await ask('/register', 100)).toBe(404)
  })
})

describe('the log', () => {
  test('holds nothing that could steer a terminal, and no long text', async () => {
    const odd = '\u009b31m\u202e\u2028\u007f\u001b]0;x'
    const browser = new Browser(from('127.0.8.4'))
    await browser.visit(
      await client.url({ client_id: `${odd}${'y'.repeat(900)}` }),
    )
    await browser.visit(await client.url({ scope: odd, response_type: odd }))
    await browser.visit(await client.url({ resource: odd, prompt: odd }))
    await client.token({ grant_type: odd, client_id: odd })
    await client.token({ refresh_token: odd, grant_type: 'refresh_token' })
    const lines = issuer.stderr()
    expect(lines).toContain('authorization')
    expect(lines.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
    expect(lines).not.toMatch(/\\u00[019]/)
    for (const line of lines.trim().split('\n')) {
      for (const value of Object.values(JSON.parse(line))) {
        expect(`${value}`.length).toBeLessThanOrEqual(200)
      }
    }
  })
})

import { createServer, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  Client,
  cleanUp,
  type Issuer,
  pem,
  send,
  startIssuer,
} from './issuer.ts'
import { Browser } from './wire.ts'

let issuer: Issuer
let client: Client

beforeAll(async () => {
  issuer = await startIssuer({
    ISSUER_REGISTRATION: 'on',
    ISSUER_CIMD_LOOPBACK: 'on',
  })
  client = await Client.of(issuer)
})
afterAll(async () => {
  await issuer.stop()
  cleanUp()
})

const good = {
  client_name: 'An application',
  redirect_uris: ['http://127.0.0.1/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
}

async function register(metadata: object) {
  const res = await send(`${issuer.url}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(metadata),
  })
  const said = (await res.json()) as { client_id: string; error?: string }
  return { ...said, status: res.status, headers: res.headers }
}

describe('a registration', () => {
  test('gives a client that works, and keeps nothing it did not ask for', async () => {
    const said = await register({
      ...good,
      client_name: '<b>bold</b>\u202e',
      scope: 'documents:read offline_access',
      introspects: ['https://localhost:3003/mcp'],
      logo_uri: 'https://evil.example/logo.png',
      jwks_uri: 'https://evil.example/jwks',
      unknown: 'field',
    })
    expect(said).toMatchObject({ status: 201, scope: 'documents:read' })
    for (const field of ['introspects', 'logo_uri', 'jwks_uri', 'unknown']) {
      expect(said).not.toHaveProperty(field)
    }
    expect(said).not.toHaveProperty('client_secret')
    const other = await Client.of(issuer, said.client_id)
    const browser = new Browser(send)
    const back = await browser.allow(
      await other.url(),
      'alice',
      'alice-in-a-test',
    )
    expect(new URL(back).searchParams.get('code')).toBeTruthy()
    const tokens = await other.redeem(new URL(back).searchParams)
    expect(tokens).toMatchObject({ status: 200, scope: 'documents:read' })
    await browser.visit(await other.url())
    expect(browser.page.text).toContain('&#60;b&#62;bold&#60;/b&#62;')
    expect(browser.page.text).toContain('It registered itself')
    expect(browser.page.text).not.toContain('\u202e')
  })

  test('gives a client that can do nothing with what is another’s', async () => {
    const { client_id } = await register(good)
    const other = await Client.of(issuer, client_id)
    const params = await client.authorize()
    expect(await client.redeem(params, { client_id })).toMatchObject({
      error: 'invalid_grant',
    })
    const tokens = await client.redeem(params)
    expect(await other.refresh(tokens.refresh_token)).toMatchObject({
      error: 'invalid_grant',
    })
    const res = await send(`${issuer.url}/revoke`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `token=${tokens.refresh_token}&client_id=${client_id}`,
    })
    expect(res.status).toBe(200)
    expect((await client.refresh(tokens.refresh_token)).status).toBe(200)
  })

  test('that asks for a secret becomes a public client', async () => {
    const { token_endpoint_auth_method: _, ...rest } = good
    const said = await register(rest)
    expect(said).toMatchObject({
      status: 201,
      token_endpoint_auth_method: 'none',
    })
    expect(said).not.toHaveProperty('client_secret')
  })

  test.each([
    'http://evil.example/cb',
    'http://127.0.0.1.evil.example/cb',
    'javascript:alert(1)',
    'data:text/html,x',
    'cursor://callback',
    'https://app.example/cb#x',
    'https://user@app.example/cb',
    'not a url',
  ])('of %s as a redirect is refused', async (uri) => {
    expect(await register({ ...good, redirect_uris: [uri] })).toMatchObject({
      status: 400,
      error: 'invalid_redirect_uri',
    })
  })

  test('of anything but a list of redirects is refused', async () => {
    for (const redirect_uris of [[], 'x', [1], undefined, [null]]) {
      const said = await register({ ...good, redirect_uris })
      expect(said.status).toBe(400)
    }
  })

  test('is refused when there were too many', async () => {
    let said = await register(good)
    for (let n = 0; n < 30 && said.status !== 429; n += 1) {
      said = await register(good)
    }
    expect(said.status).toBe(429)
    expect(Number(said.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

describe('a client that is a URL', () => {
  let hits = 0
  let answer: (res: ServerResponse, id: string) => void
  const documents = createSecureServer(
    { key: pem.private, cert: pem.cert },
    (req, res) => {
      hits += 1
      answer(res, `https://${req.headers.host}${req.url}`)
    },
  )
  const json = (res: ServerResponse, body: unknown) =>
    res
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(body))

  let origin = ''
  beforeAll(async () => {
    await new Promise<void>((done) => documents.listen(0, '127.0.0.1', done))
    const { port } = documents.address() as AddressInfo
    origin = `https://localhost:${port}`
  })
  afterAll(() => {
    documents.close()
  })

  /** What the browser shows, or where it is sent. */
  async function visit(id: string, fields: Record<string, string> = {}) {
    const other = await Client.of(issuer, id)
    const browser = new Browser(send)
    const at = await browser.visit(await other.url(fields))
    return { other, browser, at }
  }

  test('is fetched once, shown with its address, and served', async () => {
    const id = `${origin}/good.json`
    hits = 0
    answer = (res, client_id) => json(res, { ...good, client_id })
    const { other, browser } = await visit(id)
    expect(browser.page.text).toContain('An application')
    await browser.press('login', {
      login: 'alice',
      password: 'alice-in-a-test',
    })
    expect(browser.page.text).toContain(new URL(id).host)
    const back = new URL(await browser.press('allow')).searchParams
    const tokens = await other.redeem(back)
    expect(tokens.status).toBe(200)
    expect((await other.refresh(tokens.refresh_token)).status).toBe(200)
    expect(hits).toBe(1)
  })

  const bad: Record<string, (res: ServerResponse, id: string) => void> = {
    'names another client': (res) =>
      json(res, { ...good, client_id: `${origin}/other.json` }),
    'has no such redirect': (res, client_id) =>
      json(res, {
        ...good,
        client_id,
        redirect_uris: ['https://app.example/callback'],
      }),
    'has an unsafe redirect': (res, client_id) =>
      json(res, { ...good, client_id, redirect_uris: ['http://e.example/cb'] }),
    'has a secret': (res, client_id) =>
      json(res, { ...good, client_id, client_secret: 'x'.repeat(40) }),
    'has keys of its own': (res, client_id) =>
      json(res, {
        ...good,
        client_id,
        token_endpoint_auth_method: 'private_key_jwt',
      }),
    'is too long': (res, client_id) =>
      json(res, { ...good, client_id, client_uri: 'x'.repeat(6000) }),
    'leads elsewhere': (res) =>
      res.writeHead(302, { location: `${origin}/good.json` }).end(),
    'is no JSON': (res) =>
      res.writeHead(200, { 'content-type': 'application/json' }).end('{'),
    'is of another type': (res, client_id) =>
      res
        .writeHead(200, { 'content-type': 'text/html' })
        .end(JSON.stringify({ ...good, client_id })),
    'is not there': (res) => res.writeHead(404).end(),
  }

  test.each(Object.keys(bad))(
    'and %s is refused, and the refusal is not remembered',
    async (what) => {
      const id = `${origin}/${what.replaceAll(' ', '-')}.json`
      answer = bad[what] as typeof answer
      const { browser } = await visit(id)
      expect(browser.page.status).toBe(400)
      expect(browser.page.headers.get('location')).toBeNull()
      // A whole document that lists other redirects is one to remember.
      if (what === 'has no such redirect') return
      answer = (res, client_id) => json(res, { ...good, client_id })
      expect((await visit(id)).browser.page.status).toBe(200)
    },
  )

  test.each([
    (at: string) => `${at}/x/../good.json`,
    (at: string) => `${at}/x/%2e%2e/good.json`,
    (at: string) => `${at}/good.json#x`,
    (at: string) => `${at}`,
    (at: string) => at.replace('//', '//user@'),
    (at: string) => `${at.replace('https', 'http')}/good.json`,
  ])('is not fetched when it is oddly written (%#)', async (spell) => {
    hits = 0
    answer = (res, client_id) => json(res, { ...good, client_id })
    const { browser } = await visit(spell(origin))
    expect(browser.page.status).toBe(400)
    expect(hits).toBe(0)
  })

  test('is not fetched from a private network', async () => {
    let connections = 0
    const canary = createServer().on('connection', (socket) => {
      connections += 1
      socket.destroy()
    })
    await new Promise<void>((done) => canary.listen(0, '127.0.0.1', done))
    const { port } = canary.address() as AddressInfo
    const strict = await startIssuer()
    const { as } = await Client.of(strict)
    for (const host of [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '2130706433',
      '0.0.0.0',
      '169.254.169.254',
      '10.0.0.1',
    ]) {
      const other = new Client(as, `https://${host}:${port}/client.json`)
      const browser = new Browser(send)
      await browser.visit(await other.url())
      expect(browser.page.status, host).toBe(400)
    }
    expect(connections).toBe(0)
    await strict.stop()
    canary.close()
  })
})

test('clients register only where that was switched on', async () => {
  expect(client.as.registration_endpoint).toBe(`${issuer.url}/register`)
})

import { createServer, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  Client,
  ca,
  cleanUp,
  type Issuer,
  pem,
  send,
  startIssuer,
} from './issuer.ts'
import { Browser, createFetch } from './wire.ts'

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

/** From another address of this machine: each may register a few. */
let sources = 0
async function register(metadata: object, from = '127.0.0.1') {
  const send = createFetch(ca, from)
  const res = await send(`${issuer.url}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(metadata),
  })
  const said = (await res.json()) as {
    client_id: string
    error?: string
    error_description?: string
  }
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
    expect(browser.page.text).not.toContain('<b>')
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
    ['http://evil.example/cb', 'must be https, or http on a loopback address'],
    ['http://127.0.0.1.evil.example/cb', 'must be https, or http on a loop'],
    ['javascript:alert(1)', 'no other scheme is served'],
    ['data:text/html,x', 'no other scheme is served'],
    ['cursor://callback', 'no other scheme is served'],
    ['https://app.example/cb#x', 'must not contain a fragment'],
    ['https://app.example/cb#', 'must not contain a fragment'],
    ['https://user@app.example/cb', 'must not contain a user name'],
    ['not-a-url', 'must be an absolute URL'],
    ['', 'must be an absolute URL'],
    ['https://app.example/a\r\nb', 'must not contain blanks'],
    ['https://app.example/a\tb', 'must not contain blanks'],
    ['https://app.example/a b', 'must not contain blanks'],
    [' https://app.example/', 'must not contain blanks'],
    ['https://app.example/\u0000', 'must not contain blanks'],
    ['https://app.example/\u007f', 'must not contain blanks'],
    ['https://app.example/\u009b31m', 'must not contain blanks'],
    ['https://app.example/\u202e', 'must not contain blanks'],
    ['https:\\\\app.example\\cb', 'must not contain blanks'],
    ['https://app.example\\@evil.example/', 'must not contain blanks'],
    ['https://\u0430pp.example/cb', 'must not contain blanks'],
    ['https://app\u3002example/cb', 'must not contain blanks'],
    ['http://127.1/cb', 'as a browser would write it'],
    ['http://0x7f000001/cb', 'as a browser would write it'],
    ['https://%61pp.example/cb', 'as a browser would write it'],
    ['https:app.example/cb', 'as a browser would write it'],
    ['https:///app.example/cb', 'as a browser would write it'],
    ['https://app.example/a/../cb', 'as a browser would write it'],
    [`https://app.example/${'x'.repeat(600)}`, 'must be no longer than'],
  ])('of %j as a redirect is refused, and told why', async (uri, why) => {
    sources += 1
    const said = await register(
      { ...good, redirect_uris: [...good.redirect_uris, uri] },
      `127.0.1.${sources}`,
    )
    expect(said).toMatchObject({ status: 400, error: 'invalid_redirect_uri' })
    expect(said.error_description).toMatch(/^redirect_uris /)
    expect(said.error_description).toContain(why)
  })

  test.each([
    'client_uri',
    'logo_uri',
    'policy_uri',
    'tos_uri',
    'jwks_uri',
    'sector_identifier_uri',
    'initiate_login_uri',
  ])('with a line feed in its %s is refused', async (field) => {
    sources += 1
    const said = await register(
      { ...good, [field]: 'https://app.example/a\nb' },
      `127.0.1.${sources}`,
    )
    expect(said).toMatchObject({
      status: 400,
      error: 'invalid_client_metadata',
      error_description: expect.stringContaining(field),
    })
  })

  test.each([
    'client_name',
    'client_uri',
    'logo_uri',
    'scope',
    'contacts',
    'tos_uri',
    'policy_uri',
    'jwks_uri',
    'jwks',
    'software_id',
    'software_version',
    'grant_types',
    'response_types',
    'token_endpoint_auth_method',
    'application_type',
    'subject_type',
    'id_token_signed_response_alg',
    'default_max_age',
    'require_auth_time',
    'default_acr_values',
    'initiate_login_uri',
    'sector_identifier_uri',
    'introspects',
    'client_secret',
    'client_id',
    'unknown',
  ])('takes null and an empty %s for what was not provided', async (field) => {
    sources += 1
    for (const value of [null, '']) {
      const said = await register(
        { ...good, [field]: value },
        `127.0.1.${sources}`,
      )
      expect(said).toMatchObject({
        status: 201,
        token_endpoint_auth_method: 'none',
        grant_types: expect.arrayContaining(['authorization_code']),
        response_types: ['code'],
      })
    }
    for (const value of [
      {},
      [],
      [null],
      [{}],
      5,
      true,
      '\u0000',
      { toString: 1 },
    ]) {
      const { status, error_description } = await register(
        { ...good, [field]: value },
        `127.0.1.${sources}`,
      )
      expect([201, 400]).toContain(status)
      if (status === 400) expect(error_description).toContain(field)
    }
  })

  test('of no redirects is told that they are missing', async () => {
    for (const redirect_uris of [undefined, null, '']) {
      const said = await register({ ...good, redirect_uris }, '127.0.2.1')
      expect(said).toMatchObject({
        status: 400,
        error_description: 'redirect_uris is mandatory property',
      })
    }
  })

  test('that is larger than a client needs is refused', async () => {
    for (const much of [
      { client_name: 'x'.repeat(201) },
      {
        redirect_uris: Array.from({ length: 11 }, (_, n) => `https://a/${n}`),
      },
    ]) {
      const said = await register({ ...good, ...much }, '127.0.2.2')
      expect(said.status).toBe(400)
      expect(said.error_description).toContain('must be no')
    }
  })

  test('of anything but a list of redirects is refused', async () => {
    for (const redirect_uris of [[], 'x', [1], {}, [null], [[]]]) {
      const said = await register({ ...good, redirect_uris })
      expect(said.status).toBe(400)
    }
  })

  test('is refused when there were too many', async () => {
    let said = await register(good)
    for (let n = 0; n < 30 && said.status !== 429; n += 1) {
      said = await register(good)
    }
    expect(said).toMatchObject({
      status: 429,
      error_description: expect.stringMatching(/^Too many registrations/),
    })
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
    sources += 1
    const browser = new Browser(createFetch(ca, `127.0.1.${sources}`))
    const at = await browser.visit(await other.url(fields))
    return { other, browser, at }
  }

  test('is fetched once, shown with its address, and served', async () => {
    const id = `${origin}/good.json`
    hits = 0
    answer = (res, client_id) =>
      json(res, { ...good, client_id, client_uri: 'https://bank.example/' })
    const { other, browser } = await visit(id)
    expect(browser.page.text).toContain('An application')
    await browser.press('login', {
      login: 'alice',
      password: 'alice-in-a-test',
    })
    expect(browser.page.text).toContain(`published at ${new URL(id).host}.`)
    expect(browser.page.text).not.toContain('bank.example')
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

  test('and tells no length is read no further than it may be long', async () => {
    // More than what lies between the two can hold.
    const chunks = Array(256).fill(Buffer.alloc(64 * 1024, ' '))
    const isReadWhole = new Promise<boolean>((resolve) => {
      answer = (res) => {
        res.writeHead(200, { 'content-type': 'application/json' })
        Readable.from(chunks).pipe(res)
        res.on('close', () => resolve(res.writableFinished))
      }
    })
    const { browser } = await visit(`${origin}/endless.json`)
    expect(browser.page.status).toBe(400)
    expect(await isReadWhole).toBe(false)
  })

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

  test.each([
    ['redirect_uris', ['http://127.0.0.1/a\r\nb']],
    ['redirect_uris', ['http:\\\\127.0.0.1\\callback']],
    ['client_uri', 'https://app.example/a\nb'],
    ['logo_uri', 'https://app.example\\logo'],
  ])('and has a %s that is oddly written is refused', async (field, value) => {
    answer = (res, client_id) =>
      json(res, { ...good, client_id, [field]: value })
    const { browser } = await visit(`${origin}/odd-${field}.json`)
    expect(browser.page.status).toBe(400)
  })

  test('may leave fields null or empty', async () => {
    answer = (res, client_id) =>
      json(res, {
        ...good,
        client_id,
        logo_uri: null,
        tos_uri: '',
        scope: null,
      })
    const { browser } = await visit(`${origin}/nulls.json`)
    expect(browser.page.status).toBe(200)
  })

  test('is fetched still after many that were refused, and for others after too many', async () => {
    answer = (res, client_id) => json(res, { ...good, client_id })
    const other = await startIssuer({ ISSUER_CIMD_LOOPBACK: 'on' })
    const { as } = await Client.of(other)
    const ask = async (id: string, from?: string) => {
      const browser = new Browser(createFetch(ca, from))
      await browser.visit(await new Client(as, id).url())
      return browser.page.status
    }
    for (let n = 0; n < 40; n += 1) {
      expect(await ask(`https://10.0.0.1/${n}.json`)).toBe(400)
    }
    expect(await ask(`${origin}/a.json`)).toBe(200)
    let fetched = 1
    while (fetched < 40 && (await ask(`${origin}/b${fetched}.json`)) === 200) {
      fetched += 1
    }
    expect(fetched).toBe(30)
    expect(await ask(`${origin}/c.json`, '127.0.3.1')).toBe(200)
    await other.stop()
  })

  test('is not fetched from a private network', async () => {
    let connections = 0
    const canary = createServer().on('connection', (socket) => {
      connections += 1
      socket.destroy()
    })
    await new Promise<void>((done) => canary.listen(0, '127.0.0.1', done))
    const { port } = canary.address() as AddressInfo
    // A name server may say one thing at the first look and another later.
    const rebind = `
      import dns from 'node:dns/promises'
      import { syncBuiltinESMExports } from 'node:module'
      process.once('SIGUSR2', () => {
        dns.lookup = async () => [{ address: '93.184.216.34', family: 4 }]
        syncBuiltinESMExports()
        console.error('rebound')
      })`
    const strict = await startIssuer({
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(rebind)}`,
    })
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
    strict.child.kill('SIGUSR2')
    await expect.poll(() => strict.stderr()).toContain('rebound')
    hits = 0
    answer = (res, client_id) => json(res, { ...good, client_id })
    const rebound = new Browser(send)
    await rebound.visit(await new Client(as, `${origin}/rebound.json`).url())
    expect(rebound.page.status).toBe(400)
    expect(hits).toBe(0)
    await strict.stop()
    canary.close()
  })
})

test('clients register only where that was switched on', async () => {
  expect(client.as.registration_endpoint).toBe(`${issuer.url}/register`)
})

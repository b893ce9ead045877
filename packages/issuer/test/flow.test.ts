import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { digestOf } from '../src/clients.ts'
import { Store } from '../src/store.ts'
import {
  Client,
  cleanUp,
  folder,
  type Issuer,
  introspect,
  otherResource,
  resource,
  send,
  startIssuer,
} from './issuer.ts'
import { Browser } from './wire.ts'

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

type Fields = [what: string, fields: Record<string, string>]

const all = 'documents:read customers:read stock:read refunds:write'

describe('metadata', () => {
  test.each(['oauth-authorization-server', 'openid-configuration'])(
    '%s names the exact issuer, S256 only, and is open to every page',
    async (name) => {
      const url = `${issuer.url}/.well-known/${name}`
      const res = await send(url, { headers: { origin: 'https://a.example' } })
      const metadata = (await res.json()) as Record<string, unknown>
      expect(res.headers.get('access-control-allow-origin')).toBe('*')
      expect(metadata).toMatchObject({
        issuer: issuer.url,
        code_challenge_methods_supported: ['S256'],
        response_types_supported: ['code'],
        grant_types_supported: ['authorization_code', 'refresh_token'],
        scopes_supported: all.split(' '),
        authorization_response_iss_parameter_supported: true,
        client_id_metadata_document_supported: true,
      })
      expect(metadata.registration_endpoint).toBeUndefined()
      for (const [key, value] of Object.entries(metadata)) {
        if (/_(endpoint|uri)$/.test(key)) {
          expect(value).toMatch(`${issuer.url}/`)
        }
      }
    },
  )

  test('published keys hold nothing private', async () => {
    const res = await send(client.as.jwks_uri as string)
    const { keys } = (await res.json()) as JSONWebKeySet
    expect(keys).toHaveLength(1)
    expect(keys[0]).toMatchObject({ kty: 'EC', alg: 'ES256' })
    expect(keys[0]).not.toHaveProperty('d')
  })
})

describe('introspection', () => {
  test.each(['eyJhbGciOiJub25lIn0.e30.', 'eyJhbGciOiJub25lIn0.e30.x', 'abc'])(
    'says of %s, which nobody has given, that it is not active',
    async (token) => {
      expect(await introspect(issuer, token)).toMatchObject({
        status: 200,
        active: false,
      })
    },
  )
})

describe('an authorization', () => {
  test('of alice gives a token for one resource', async () => {
    const tokens = await client.login({ scope: 'documents:read refunds:write' })
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 300 })
    expect(await introspect(issuer, tokens.access_token)).toMatchObject({
      active: true,
      sub: 'alice',
      aud: resource,
      iss: issuer.url,
      client_id: 'workshop',
      scope: 'documents:read refunds:write',
    })
  })

  test('of bob gives what bob may give, and no more', async () => {
    const tokens = await client.login({ scope: all }, 'bob')
    expect(tokens.scope).toBe('documents:read')
  })

  test('of bob for what bob may not give is denied', async () => {
    await expect(
      client.authorize({ scope: 'refunds:write' }, 'bob'),
    ).rejects.toMatchObject({ error: 'access_denied' })
  })

  test('without a scope gives the least', async () => {
    const tokens = await client.login({ scope: '' })
    expect(tokens.scope).toBe('documents:read')
  })

  test('takes along the state as it was sent', async () => {
    client.state = 'a b+c&d=%2B"<é>'
    const params = await client.authorize()
    expect(params.get('state')).toBe(client.state)
    await expect(
      client.authorize({ resource: 'https://elsewhere.example' }),
    ).rejects.toMatchObject({ error: 'invalid_target' })
  })

  test('ignores scopes that nobody here knows', async () => {
    const tokens = await client.login({
      scope: 'openid offline_access documents:read admin',
    })
    expect(tokens.scope).toBe('documents:read')
  })

  test('without a resource is for the first of them', async () => {
    const tokens = await client.login({ resource: '' })
    expect(await introspect(issuer, tokens.access_token)).toMatchObject({
      aud: resource,
    })
  })

  test('names the resource that it is for', async () => {
    const tokens = await client.login({ resource: otherResource })
    expect(await introspect(issuer, tokens.access_token)).toMatchObject({
      aud: otherResource,
    })
  })

  test.each([
    'https://elsewhere.example/mcp',
    `${resource}#fragment`,
    `${resource}/`,
    '/mcp',
  ])('for %s is refused, and sent back with iss and state', async (bad) => {
    await expect(client.authorize({ resource: bad })).rejects.toMatchObject({
      error: 'invalid_target',
    })
  })

  test.each([
    ['no challenge', { code_challenge: '', code_challenge_method: '' }],
    ['a plain challenge', { code_challenge_method: 'plain' }],
    ['no method', { code_challenge_method: '' }],
    ['a short challenge', { code_challenge: 'short' }],
  ] as Fields[])('with %s is refused', async (_what, fields) => {
    await expect(client.authorize(fields)).rejects.toMatchObject({
      error: 'invalid_request',
    })
  })

  test('of another type is refused', async () => {
    const browser = new Browser(send)
    const back = await browser.visit(
      await client.url({ response_type: 'token' }),
    )
    expect(back).toContain('error=unsupported_response_type')
    expect(back).toContain(encodeURIComponent(issuer.url))
  })

  test.each(['fragment', 'form_post'])(
    'answered by %s is refused',
    async (response_mode) => {
      const browser = new Browser(send)
      const back = await browser.visit(await client.url({ response_mode }))
      expect(back).toContain('?error=unsupported_response_mode')
    },
  )

  test.each([
    'http://127.0.0.1/Callback',
    'http://127.0.0.1/callback/',
    'http://127.0.0.1/callback?x=1',
    'http://user@127.0.0.1/callback',
    'http://127.0.0.1.evil.example/callback',
    'http://evil.example/callback',
    'https://127.0.0.1/callback',
    'http://127.0.0.1/callback#x',
    'javascript:alert(1)',
  ])('that would be sent to %s is answered by a page', async (redirect_uri) => {
    const browser = new Browser(send)
    await browser.visit(await client.url({ redirect_uri }))
    expect(browser.page.status).toBe(400)
    expect(browser.page.headers.get('location')).toBeNull()
    expect(browser.page.text).not.toMatch(/node_modules|at /)
  })

  test.each(['nobody', 'x'.repeat(3000), `https://${'x'.repeat(3000)}/`])(
    'of an unknown client is answered by a page (%#)',
    async (client_id) => {
      const browser = new Browser(send)
      await browser.visit(await client.url({ client_id }))
      expect(browser.page.status).toBe(400)
      expect(browser.page.headers.get('location')).toBeNull()
    },
  )
})

describe('a code', () => {
  test('opens nothing twice, and its replay ends what it opened', async () => {
    const params = await client.authorize()
    const tokens = await client.redeem(params)
    expect(tokens.status).toBe(200)
    const wrong = { code_verifier: 'x'.repeat(43) }
    expect(await client.redeem(params, wrong)).toMatchObject({
      error: 'invalid_grant',
    })
    expect(await introspect(issuer, tokens.access_token)).toMatchObject({
      active: true,
    })
    expect(await client.redeem(params)).toMatchObject({
      error: 'invalid_grant',
    })
    expect(await introspect(issuer, tokens.access_token)).toEqual({
      status: 200,
      active: false,
    })
    expect(await client.refresh(tokens.refresh_token)).toMatchObject({
      error: 'invalid_grant',
    })
  })

  test('that is used twice at once opens at most one door', async () => {
    const params = await client.authorize()
    const said = await Promise.all(
      [1, 2, 3, 4].map(() => client.redeem(params)),
    )
    const given = said.filter(({ status }) => status === 200)
    expect(given.length).toBeLessThan(2)
    for (const { access_token } of given) {
      expect((await introspect(issuer, access_token)).active).toBe(false)
    }
  })

  test.each([
    ['a wrong verifier', { code_verifier: 'x'.repeat(43) }],
    ['another redirect', { redirect_uri: 'http://localhost/callback' }],
  ] as Fields[])('opens nothing with %s', async (_what, fields) => {
    const params = await client.authorize()
    expect(await client.redeem(params, fields)).toMatchObject({
      status: 400,
      error: 'invalid_grant',
    })
  })

  test('opens nothing without a verifier, for another resource or client', async () => {
    const params = await client.authorize()
    const { code_verifier: _, ...rest } = {
      grant_type: 'authorization_code',
      code: params.get('code') ?? '',
      redirect_uri: client.redirect,
      code_verifier: '',
    }
    expect(await client.token(rest)).toMatchObject({ error: 'invalid_grant' })
    const resource = otherResource
    expect(await client.redeem(params, { resource })).toMatchObject({
      error: 'invalid_target',
    })
    expect(await client.redeem(params, { client_id: 'nobody' })).toMatchObject({
      status: 401,
      error: 'invalid_client',
    })
  })
})

describe('a refresh token', () => {
  test('works once; used again, it ends the whole family', async () => {
    const first = await client.login({ scope: all })
    const second = await client.refresh(first.refresh_token)
    expect(second).toMatchObject({ status: 200, scope: all, expires_in: 300 })
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect((await introspect(issuer, second.access_token)).active).toBe(true)
    expect(await client.refresh(first.refresh_token)).toMatchObject({
      error: 'invalid_grant',
    })
    expect(await client.refresh(second.refresh_token)).toMatchObject({
      error: 'invalid_grant',
    })
    for (const { access_token } of [first, second]) {
      expect((await introspect(issuer, access_token)).active).toBe(false)
    }
  })

  test('that is sent twice before its answer is used gives one family, which lives', async () => {
    const { refresh_token, access_token: older } = await client.login()
    const said = await Promise.all(
      [1, 2, 3].map(() => client.refresh(refresh_token)),
    )
    // An answer that was lost, and a token of before that is still in use.
    await introspect(issuer, older)
    said.push(await client.refresh(refresh_token))
    expect(said.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(new Set(said.map(({ refresh_token }) => refresh_token)).size).toBe(1)
    for (const { access_token } of said) {
      expect((await introspect(issuer, access_token)).active).toBe(true)
    }
    const [{ refresh_token: next = '' } = {}] = said
    const later = await client.refresh(next)
    expect(later.status).toBe(200)
    expect((await introspect(issuer, later.access_token)).active).toBe(true)
  })

  test('that comes again after its successor was used ends the family', async () => {
    const first = await client.login()
    const second = await client.refresh(first.refresh_token)
    const third = await client.refresh(second.refresh_token)
    expect(third.status).toBe(200)
    expect((await client.refresh(first.refresh_token)).status).toBe(400)
    expect((await client.refresh(third.refresh_token)).status).toBe(400)
    expect((await introspect(issuer, third.access_token)).active).toBe(false)
  })

  test('that comes again after a while ends the family, used or not', async () => {
    const first = await client.login()
    const second = await client.refresh(first.refresh_token)
    await setTimeout(10_500)
    expect((await client.refresh(first.refresh_token)).status).toBe(400)
    expect((await client.refresh(second.refresh_token)).status).toBe(400)
  })

  test('ends when the first of its family would have', async () => {
    const store = new Store(join(issuer.folder, 'store'))
    const endOf = async (token: string) =>
      (await store.adapter('RefreshToken').find(token))?.exp ?? 0
    const first = await client.login()
    const end = await endOf(first.refresh_token)
    expect(end).toBeGreaterThan(Date.now() / 1000)
    await setTimeout(3_000)
    const second = await client.refresh(first.refresh_token)
    // Seconds are rounded.
    expect(Math.abs((await endOf(second.refresh_token)) - end)).toBeLessThan(2)
    await store.close()
  })

  test('that another client sends again gives nothing', async () => {
    const first = await client.login()
    await client.refresh(first.refresh_token)
    const said = await client.refresh(first.refresh_token, {
      client_id: 'nobody',
    })
    expect(said).toMatchObject({ status: 401, error: 'invalid_client' })
  })

  test('gives no wider scope and no other resource, but a narrower one', async () => {
    const { refresh_token } = await client.login({
      scope: 'documents:read stock:read',
    })
    expect(
      await client.refresh(refresh_token, { scope: 'refunds:write' }),
    ).toMatchObject({ error: 'invalid_scope' })
    const narrow = await client.refresh(refresh_token, { scope: 'stock:read' })
    expect(narrow.scope).toBe('stock:read')
    expect(
      await client.refresh(narrow.refresh_token, { resource: otherResource }),
    ).toMatchObject({ error: 'invalid_target' })
  })
})

describe('the token endpoint', () => {
  test('answers POST only', async () => {
    const res = await send(client.as.token_endpoint as string)
    expect(res.status).toBe(405)
    expect(res.headers.get('allow')).toContain('POST')
  })

  test('takes no parameter twice', async () => {
    const body =
      'grant_type=refresh_token&refresh_token=a&refresh_token=b&client_id=workshop'
    const said = await client.token({}, { body })
    expect(said).toMatchObject({ status: 400, error: 'invalid_request' })
    expect(said.headers.get('cache-control')).toBe('no-store')
  })

  test.each([
    { grant_type: 'password', username: 'alice', password: 'x' },
    { grant_type: 'client_credentials' },
    { grant_type: 'implicit' },
    { grant_type: '' },
  ])('refuses $grant_type, and lets nobody keep the answer', async (fields) => {
    const said = await client.token(fields as Record<string, string>)
    expect(said.status).toBe(400)
    expect(said.headers.get('cache-control')).toBe('no-store')
  })
})

describe('revocation', () => {
  const revoke = async (token: string, client_id = 'workshop') => {
    const res = await send(client.as.revocation_endpoint as string, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token, client_id }).toString(),
    })
    return res.status
  }

  test.each(['access_token', 'refresh_token'] as const)(
    'of an %s ends the grant at once',
    async (kind) => {
      const tokens = await client.login()
      const other = await client.login()
      expect(await revoke(tokens[kind])).toBe(200)
      expect((await introspect(issuer, tokens.access_token)).active).toBe(false)
      expect((await client.refresh(tokens.refresh_token)).status).toBe(400)
      expect((await introspect(issuer, other.access_token)).active).toBe(true)
    },
  )

  test('of what nobody knows is fine', async () => {
    expect(await revoke('nothing')).toBe(200)
  })
})

describe('introspection', () => {
  test('answers nobody but a resource server', async () => {
    const { access_token: token } = await client.login()
    const url = client.as.introspection_endpoint as string
    for (const client of ['', '&client_id=workshop']) {
      const res = await send(url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `token=${token}${client}`,
      })
      expect(res.status).toBe(401)
      expect(await res.text()).not.toContain('alice')
    }
    const secret = readFileSync(join(issuer.folder, 'office.secret'), 'utf8')
    // What is kept of a secret is no secret.
    for (const given of ['wrong', digestOf(secret)]) {
      const wrong = await introspect(issuer, token, given)
      expect(wrong).toMatchObject({ status: 401, error: 'invalid_client' })
    }
  })

  test('says nothing of a resource whose URL merely begins like one’s own', async () => {
    const state = join(folder, 'one-resource')
    const longer = `${resource}-admin`
    const clients = [
      {
        client_id: 'workshop',
        client_name: 'Workshop',
        redirect_uris: ['http://127.0.0.1/callback'],
      },
      {
        client_id: 'office',
        client_name: 'Office',
        secret_digest: digestOf('asks'),
        introspects: [resource],
      },
    ]
    mkdirSync(state, { mode: 0o700 })
    const file = join(state, 'clients.json')
    writeFileSync(file, JSON.stringify(clients), { mode: 0o600 })
    const narrow = await startIssuer({
      ISSUER_DIR: state,
      ISSUER_RESOURCES: `${resource},${longer},${resource}/admin`,
    })
    const client = await Client.of(narrow)
    const ask = async (resource: string) => {
      const { access_token } = await client.login({ resource })
      return (await introspect(narrow, access_token, 'asks')).active
    }
    expect(await ask(resource)).toBe(true)
    expect(await ask(longer)).toBe(false)
    expect(await ask(`${resource}/admin`)).toBe(false)
    await narrow.stop()
  })

  test('says nothing of a refresh token', async () => {
    const { refresh_token } = await client.login()
    expect((await introspect(issuer, refresh_token)).active).toBe(false)
  })
})

describe('with ISSUER_TOKEN_FORMAT=jwt', () => {
  test('tokens are RFC 9068, and a rotated key keeps what it signed', async () => {
    const jwts = await startIssuer({ ISSUER_TOKEN_FORMAT: 'jwt' })
    const client = await Client.of(jwts)
    const verify = async (token: string) => {
      const res = await send(client.as.jwks_uri as string)
      const keys = createLocalJWKSet((await res.json()) as JSONWebKeySet)
      return jwtVerify(token, keys, {
        issuer: jwts.url,
        audience: resource,
        typ: 'at+jwt',
        algorithms: ['ES256'],
        requiredClaims: ['exp', 'iat', 'jti', 'sub', 'client_id', 'scope'],
      })
    }
    const first = await client.login()
    const before = await verify(first.access_token)
    jwts.child.kill('SIGHUP')
    await expect
      .poll(() => jwts.stderr(), { timeout: 10_000 })
      .toContain('rotated')
    const second = await client.refresh(first.refresh_token)
    const after = await verify(second.access_token)
    expect(after.protectedHeader.kid).not.toBe(before.protectedHeader.kid)
    await verify(first.access_token)
    expect(await jwts.stop()).toBe(0)
  })
})

test('of JWTs, whose use is not seen, a refresh token works once at any time', async () => {
  const jwts = await startIssuer({ ISSUER_TOKEN_FORMAT: 'jwt' })
  const client = await Client.of(jwts)
  const first = await client.login()
  const second = await client.refresh(first.refresh_token)
  expect((await client.refresh(first.refresh_token)).status).toBe(400)
  expect((await client.refresh(second.refresh_token)).status).toBe(400)
  await jwts.stop()
})

test('many signals at once lose no key', async () => {
  const busy = await startIssuer()
  const rotations = () => busy.stderr().match(/"result":"rotated"/g)?.length
  const kids = async () => {
    const res = await send(`${busy.url}/jwks`)
    const { keys } = (await res.json()) as JSONWebKeySet
    return keys.map(({ kid }) => kid)
  }
  const seen = new Set(await kids())
  for (let n = 0; n < 12; n += 1) {
    busy.child.kill('SIGHUP')
    await setTimeout(4)
    for (const kid of await kids()) seen.add(kid)
  }
  await setTimeout(1_000)
  const published = await kids()
  expect(published.length).toBe(1 + (rotations() ?? 0))
  expect(published).toEqual(expect.arrayContaining([...seen]))
  const file = readFileSync(join(busy.folder, 'keys.json'), 'utf8')
  for (const kid of published) expect(file).toContain(kid)
  await busy.stop()
})

test('nothing secret is written down', async () => {
  const tokens = await client.login()
  const secret = readFileSync(join(issuer.folder, 'office.secret'), 'utf8')
  const { access_token, refresh_token } = tokens
  const browser = new Browser(send)
  await browser.visit(await client.url())
  const misplaced = 'typed-into-the-wrong-field'
  await browser.press('login', { login: misplaced, password: 'wrong' })
  expect(issuer.stderr()).toContain('(nobody)')
  const texts = [access_token, refresh_token, secret, 'alice-in-a-test']
  for (const text of [...texts, misplaced]) {
    expect(issuer.stderr()).not.toContain(text)
  }
  expect(issuer.stdout()).toBe(`${issuer.url}\n`)
  for (const line of issuer.stderr().trim().split('\n')) JSON.parse(line)
  const store = readFileSync(join(issuer.folder, 'store', 'data.mdb'))
  expect(store.includes(access_token)).toBe(false)
  expect(store.includes(refresh_token)).toBe(false)
})

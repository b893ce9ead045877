import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  type Answering,
  asking,
  ec,
  keyOf,
  openIssuer,
  type Shape,
  sign,
  trust,
} from './issuer.ts'

const html =
  (status: number): Answering =>
  (_req, res) =>
    res.writeHead(status, { 'content-type': 'text/html' }).end('<html></html>')

const elsewhere: Answering = (_req, res) =>
  res.writeHead(302, { location: '/login' }).end()

const path = '/realms/x'
const inserted = `/.well-known/oauth-authorization-server${path}`

test.each<[what: string, shape: Shape]>([
  [
    'names no endpoint for clients',
    { metadata: { authorization_endpoint: undefined } },
  ],
  [
    'is found as OpenID Connect is',
    { place: '/.well-known/openid-configuration' },
  ],
  [
    'puts a path behind the place',
    { path, place: `/.well-known/openid-configuration${path}` },
  ],
  [
    'puts the place behind a path',
    { path, place: `${path}/.well-known/openid-configuration` },
  ],
  ...[200, 404, 500, 502].map((status): [string, Shape] => [
    `answers ${status} and a page at the first place`,
    {
      path,
      place: `${path}/.well-known/openid-configuration`,
      routes: { [inserted]: html(status) },
    },
  ]),
  [
    'leads elsewhere from the first place',
    {
      path,
      place: `${path}/.well-known/openid-configuration`,
      routes: { [inserted]: elsewhere },
    },
  ],
  [
    'has a name that ends with a slash',
    { path: '/', place: '/.well-known/oauth-authorization-server' },
  ],
])('the JWT of an issuer that %s is taken', async (_what, shape) => {
  const issuer = await openIssuer({ ...shape, keys: [ec.jwk] })
  const token = await sign(issuer, ec, { alg: 'ES256', kid: 'k' })
  await expect(trust(issuer)(token)).resolves.toMatchObject({ name: 'alice' })
})

test.each(['opaque', 'a.b.c', 'eyJh.b.c', 'a.b.c.d.e', `${'x'.repeat(900)}==`])(
  'the opaque token %s is asked about, also where there are no keys',
  async (token) => {
    for (const jwks_uri of [undefined, 'http://127.0.0.1:1/jwks']) {
      const issuer = await openIssuer({ metadata: { jwks_uri } })
      const caller = await trust(issuer, asking)(token)
      expect(caller).toMatchObject({ name: 'alice', scopes: ['stock:read'] })
      const { body } = issuer.asked.at(-1) ?? {}
      expect(new URLSearchParams(body).get('token')).toBe(token)
    }
  },
)

test.each(['alice ', ' alice', 'Alice', 'ａｌｉｃｅ', 'alice\u0301'])(
  'the name %j is written down as it is told, beside one that looks like it',
  async (sub) => {
    const issuer = await openIssuer({ keys: [ec.jwk] })
    const token = await sign(issuer, ec, { alg: 'ES256', kid: 'k' }, { sub })
    await expect(trust(issuer)(token)).resolves.toMatchObject({ name: sub })
  },
)

test('who calls is who the issuer says, whatever name they chose', async () => {
  const issuer = await openIssuer({ keys: [ec.jwk] })
  const names = ['preferred_username', 'username', 'name', 'nickname', 'email']
  for (const claim of [...names, 'upn', 'unique_name', 'client_id', 'azp']) {
    const chosen = { [claim]: 'bob' }
    const token = await sign(issuer, ec, { alg: 'ES256', kid: 'k' }, chosen)
    await expect(trust(issuer)(token)).resolves.toMatchObject({ name: 'alice' })
  }
})

test.each([
  ['a scope of another API', { scope: 'https://wiki.example/documents:read' }],
  ['what the person may', { permissions: ['refunds:write'] }],
  ['a role', { roles: ['refunds:write'], groups: ['refunds:write'] }],
])('%s is no scope of ours', async (_what, claims) => {
  const issuer = await openIssuer({ keys: [ec.jwk] })
  const token = await sign(issuer, ec, { alg: 'ES256', kid: 'k' }, claims)
  const scopes = [{ ...issuer.honest(), ...claims }.scope]
  await expect(trust(issuer)(token)).resolves.toMatchObject({ scopes })
})

test('a JWT of an issuer without keys is asked about', async () => {
  const issuer = await openIssuer({ metadata: { jwks_uri: undefined } })
  const token = await sign(issuer, ec, { alg: 'ES256', kid: 'k' })
  await expect(trust(issuer, asking)(token)).resolves.toBeDefined()
  expect(issuer.count('/introspect')).toBe(1)
})

test('who asks is named as forms are encoded', async () => {
  const issuer = await openIssuer()
  await trust(issuer, asking)('opaque')
  const [, basic = ''] = issuer.asked.at(-1)?.authorization.split(' ') ?? []
  expect(atob(basic)).toBe('the+office%3A1:a+secret%2B%25%26%3D')
})

test('an issuer that cannot be asked is an outage that names what is missing', async () => {
  const metadata = { introspection_endpoint: undefined }
  const issuer = await openIssuer({ metadata })
  await expect(trust(issuer, asking)('opaque')).rejects.toMatchObject({
    status: 503,
    cause: { message: 'It names no introspection_endpoint.' },
  })
})

test.each([302, 307, 308])(
  'a question that is sent on with %i goes nowhere else',
  async (status) => {
    const other = await openIssuer()
    for (const moved of ['/introspect', '/jwks', inserted]) {
      const issuer = await openIssuer({
        path,
        place: inserted,
        routes: {
          [moved]: (_req, res) => {
            const location = new URL(moved, other.issuer).href
            res.writeHead(status, { location }).end()
          },
        },
      })
      const jwt = await sign(issuer, ec, { alg: 'ES256', kid: 'k' })
      const token = moved === '/jwks' ? jwt : 'opaque'
      const asked = trust(issuer, asking)(token)
      await expect(asked).rejects.toMatchObject({ status: 503 })
      expect(issuer.count(moved)).toBeGreaterThan(0)
    }
    expect(other.asked).toEqual([])
  },
)

test('an issuer that calls itself otherwise is an outage that tells its name', async () => {
  const metadata = { issuer: 'https://other.example' }
  const issuer = await openIssuer({ metadata })
  const token = await sign(issuer, ec, { alg: 'ES256', kid: 'k' })
  await expect(trust(issuer)(token)).rejects.toMatchObject({
    status: 503,
    cause: { message: 'Its metadata is that of https://other.example.' },
  })
})

test.each(['Ed25519', 'EdDSA', 'RS256', 'PS256', 'ES256'])(
  'a JWT that is signed with %s is taken',
  async (alg) => {
    const pair = await keyOf(alg, 'k')
    const issuer = await openIssuer({ keys: [pair.jwk] })
    const token = await sign(issuer, pair, { alg, kid: 'k' })
    await expect(trust(issuer)(token)).resolves.toBeDefined()
  },
)

test('of keys without a name each is tried, and no other', async () => {
  const pairs = await Promise.all([1, 2, 3].map(() => keyOf('ES256')))
  const issuer = await openIssuer({ keys: pairs.map(({ jwk }) => jwk) })
  const verify = trust(issuer)
  for (const pair of pairs) {
    const token = await sign(issuer, pair, { alg: 'ES256' })
    await expect(verify(token)).resolves.toBeDefined()
  }
  const foreign = await sign(issuer, await keyOf('ES256'), { alg: 'ES256' })
  await expect(verify(foreign)).resolves.toBeUndefined()
})

test.each<[what: string, claims: object]>([
  ['that is not active', { active: false }],
  ['whose activity is a word', { active: 'true' }],
  ['for somebody else', { aud: 'https://other.example/mcp' }],
  ['for nobody', { aud: undefined }],
  ['of another issuer', { iss: 'https://other.example' }],
  ['that has ended', { exp: 1 }],
  ['that never ends', { exp: undefined }],
  ['that has not begun', { nbf: 4e9 }],
  ['of nobody', { sub: '' }],
  ['of several', { sub: ['alice', 'bob'] }],
  ['whose name breaks the line', { sub: 'alice\nbob' }],
  ['whose name turns the line round', { sub: 'alice\u202ebob' }],
  ['whose name has no end', { sub: 'a'.repeat(256) }],
])('an opaque token %s is refused', async (_what, claims) => {
  const issuer = await openIssuer({ claims: { ...claims } })
  await expect(trust(issuer, asking)('opaque')).resolves.toBeUndefined()
})

test('a token that was refused is not asked about again at once, nor many times at once', async () => {
  const issuer = await openIssuer({ claims: { active: false } })
  const verify = trust(issuer, asking)
  const all = Array.from({ length: 50 }, () => verify('dead'))
  expect(new Set(await Promise.all(all))).toEqual(new Set([undefined]))
  await verify('dead')
  expect(issuer.count('/introspect')).toBe(1)
})

test('while the keys cannot be had, they are asked for once a second', async () => {
  const routes = { '/jwks': html(500) }
  const issuer = await openIssuer({ routes })
  const verify = trust(issuer)
  for (let kid = 0; kid < 20; kid += 1) {
    const token = await sign(issuer, ec, { alg: 'ES256', kid: `${kid}` })
    await expect(verify(token)).rejects.toMatchObject({ status: 503 })
  }
  expect(issuer.count('/jwks')).toBeLessThanOrEqual(2)
})

test('while nobody tells the metadata, it is asked for once a second', async () => {
  const issuer = await openIssuer({ place: '/nowhere' })
  const verify = trust(issuer, asking)
  for (let n = 0; n < 20; n += 1) {
    await expect(verify(`opaque-${n}`)).rejects.toMatchObject({ status: 503 })
  }
  expect(issuer.asked.length).toBeLessThanOrEqual(6)
})

test('whoever is not admitted has nobody asked, but by what is remembered', async () => {
  const issuer = await openIssuer()
  const verify = trust(issuer, asking)
  const refuse = async () => {
    throw new Error('Too many.')
  }
  await verify('known')
  await expect(verify('known', refuse)).resolves.toBeDefined()
  await expect(verify('new', refuse)).rejects.toThrow('Too many.')
  expect(issuer.count('/introspect')).toBe(1)
})

test('whoever waits in line is admitted when it is their turn, and not before', async () => {
  let answer = () => {}
  const held = new Promise<void>((resolve) => {
    answer = resolve
  })
  const issuer = await openIssuer({
    routes: {
      '/introspect': async (_req, res) => {
        await held
        res.setHeader('Content-Type', 'application/json')
        res.end('{"active":false}')
      },
    },
  })
  const verify = trust(issuer, asking)
  let admitted = 0
  const admit = async () => {
    admitted += 1
  }
  const all = Array.from({ length: 30 }, (_, n) =>
    verify(`invented-${n}`, admit).catch(() => undefined),
  )
  while (issuer.count('/introspect') < 20) await setTimeout(10)
  await setTimeout(100)
  expect(admitted).toBe(20)
  answer()
  await Promise.all(all)
  expect(admitted).toBe(30)
})

test('of many questions at once 20 are under way, and all are answered', async () => {
  let under = 0
  let most = 0
  const issuer = await openIssuer({
    routes: {
      '/introspect': async (_req, res) => {
        under += 1
        most = Math.max(most, under)
        await setTimeout(20)
        under -= 1
        const answer = { active: true, ...issuer.honest() }
        res.setHeader('Content-Type', 'application/json')
        res.end(JSON.stringify(answer))
      },
    },
  })
  const verify = trust(issuer, asking)
  const all = Array.from({ length: 100 }, (_, n) => verify(`opaque-${n}`))
  expect((await Promise.all(all)).every(Boolean)).toBe(true)
  expect(most).toBe(20)
})

test('an issuer that is away is asked again after a second, and only then', async () => {
  let isAway = true
  const issuer = await openIssuer({
    routes: {
      '/introspect': (_req, res) => {
        if (isAway) return html(503)(_req, res)
        res.setHeader('Content-Type', 'application/json')
        res.end(JSON.stringify({ active: true, ...issuer.honest() }))
      },
    },
  })
  const verify = trust(issuer, asking)
  for (let n = 0; n < 20; n += 1) {
    await expect(verify(`opaque-${n}`)).rejects.toMatchObject({ status: 503 })
  }
  expect(issuer.count('/introspect')).toBeLessThanOrEqual(2)
  isAway = false
  await setTimeout(1_100)
  await expect(verify('opaque')).resolves.toBeDefined()
})

test('a token that makes the issuer stumble keeps nobody else out', async () => {
  const issuer = await openIssuer({
    routes: {
      '/introspect': (_req, res) => {
        const { body } = issuer.asked.at(-1) ?? {}
        if (body?.includes('poison')) return html(500)(_req, res)
        res.setHeader('Content-Type', 'application/json')
        res.end(JSON.stringify({ active: true, ...issuer.honest() }))
      },
    },
  })
  const verify = trust(issuer, asking)
  await expect(verify('poison')).rejects.toMatchObject({ status: 503 })
  await expect(verify('opaque')).resolves.toBeDefined()
})

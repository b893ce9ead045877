import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type StartedSubject, startSubject, stepFolder } from '@guard-up/lab'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSubject } from '../../../guardcheck/src/probe/subject.ts'

/** How one issuer writes its access tokens, and what it is set up with. */
interface Shape {
  /** Its path, and a last slash where its name has one. */
  path: string
  audience: string
  /** For OAUTH_TOKEN_TYP; at+jwt when left out. */
  typ?: string
  /** What it says, beside iss, iat and exp. */
  claims: Record<string, unknown>
}

const id = '00000000-0000-4000-8000-00000000000a'

/** After what each documents of its tokens; nobody there was asked. */
const shapes: Record<string, Shape> = {
  Keycloak: {
    path: '/realms/office',
    audience: 'mcp-office',
    typ: 'JWT',
    claims: {
      aud: ['mcp-office', 'account'],
      sub: id,
      typ: 'Bearer',
      azp: 'workshop',
      sid: id,
      acr: '1',
      realm_access: { roles: ['offline_access'] },
      scope: 'email profile documents:read',
    },
  },
  Auth0: {
    path: '/',
    audience: 'https://office.example/mcp',
    claims: {
      aud: ['https://office.example/mcp', 'https://tenant.example/userinfo'],
      sub: 'auth0|0123456789abcdef',
      azp: 'workshop',
      scope: 'openid documents:read',
    },
  },
  'Microsoft Entra': {
    path: `/${id}/v2.0`,
    audience: id,
    typ: 'JWT',
    claims: {
      aud: id,
      sub: 'pairwise-for-this-application',
      azp: id,
      oid: id,
      tid: id,
      scp: 'documents:read',
      ver: '2.0',
    },
  },
  'a list in scp': {
    path: '/oauth2/default',
    audience: 'api://default',
    claims: {
      aud: 'api://default',
      sub: 'alice@office.example',
      scp: ['profile', 'documents:read'],
    },
  },
}

/** An issuer at a path, which names its metadata as OpenID Connect does. */
async function openIssuer({ path, typ = 'at+jwt' }: Shape) {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const key = { ...(await exportJWK(publicKey)), kid: '1', use: 'sig' }
  const base = path.replace(/\/$/, '')
  const server: Server = createServer((req, res) => {
    const answers: Record<string, unknown> = {
      [`${base}/.well-known/openid-configuration`]: {
        issuer,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        jwks_uri: `${origin}/discovery/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['pairwise'],
        id_token_signing_alg_values_supported: ['RS256'],
      },
      '/discovery/keys': { keys: [key] },
    }
    const answer = answers[`${req.url}`]
    res.writeHead(answer ? 200 : 404, { 'Content-Type': 'application/json' })
    res.end(JSON.stringify(answer ?? {}))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer = `${origin}${path}`
  return {
    issuer,
    sign: (claims: Record<string, unknown>, more = typ) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', typ: more, kid: '1' })
        .setIssuer(issuer)
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey),
    close: () => server.close(),
  }
}

describe.each(Object.entries(shapes))('tokens shaped like %s', (_, shape) => {
  const { audience, claims, typ } = shape
  let issuer: Awaited<ReturnType<typeof openIssuer>>
  let started: StartedSubject
  beforeAll(async () => {
    issuer = await openIssuer(shape)
    started = await startSubject(stepFolder(3), {
      OAUTH_ISSUER: issuer.issuer,
      OAUTH_AUDIENCE: audience,
      OAUTH_TOKEN_TYP: typ ?? '',
    })
  })
  afterAll(async () => {
    await started?.stop()
    issuer?.close()
  })

  const call = async (name: string, args: object, token: Promise<string>) => {
    const subject = createSubject(started.options)
    const params = { name, arguments: args }
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
    return (await subject.send({ secret: await token, body })).status
  }
  const read = (token: Promise<string>) =>
    call('read_document', { path: 'handbook.md' }, token)

  test('open what their scopes say, and no more', async () => {
    const token = issuer.sign(claims)
    expect(await read(token)).toBe(200)
    const { name, arguments: args } = started.options.effect as {
      name: string
      arguments: object
    }
    expect(await call(name, args, token)).toBe(403)
  })

  test('open nothing for another audience or issuer', async () => {
    expect(await read(issuer.sign({ ...claims, aud: 'other' }))).toBe(401)
    const other = await openIssuer(shape)
    expect(await read(other.sign(claims))).toBe(401)
    other.close()
  })

  test.each([undefined, '', 7, {}])('name somebody: not %j', async (sub) => {
    expect(await read(issuer.sign({ ...claims, sub }))).toBe(401)
  })
})

test('a type that nobody set up opens nothing', async () => {
  const shape = shapes['a list in scp'] as Shape
  const issuer = await openIssuer(shape)
  const started = await startSubject(stepFolder(3), {
    OAUTH_ISSUER: issuer.issuer,
    OAUTH_AUDIENCE: shape.audience,
  })
  const present = async (typ: string) => {
    const secret = await issuer.sign(shape.claims, typ)
    return (await createSubject(started.options).send({ secret })).status
  }
  try {
    expect(await present('at+jwt')).toBe(200)
    expect(await present('JWT')).toBe(401)
  } finally {
    await started.stop()
    issuer.close()
  }
})

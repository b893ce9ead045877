import { createHash, timingSafeEqual } from 'node:crypto'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'

/** The secret that opens the door; some guards never look whether it is set. */
const token = process.env.MCP_TOKEN

const refuse = (res, status = 401) =>
  res
    .status(status)
    .set('WWW-Authenticate', 'Bearer realm="zoo"')
    .json({ error: 'unauthorized' })

const digest = (text) => createHash('sha256').update(text).digest()

/** The token of a well-formed header; undefined when there is none. */
const bearerOf = (req) => {
  const [line = '', ...more] = req.headersDistinct.authorization ?? []
  if (more.length > 0) return undefined
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(line)?.[1]
}

const opens = (req) => {
  const given = bearerOf(req)
  return (
    given !== undefined && timingSafeEqual(digest(given), digest(`${token}`))
  )
}

const { ISSUER, RESOURCE } = process.env
const published = ISSUER && createRemoteJWKSet(new URL(`${ISSUER}/keys`))

/** What a JWT has to be, but for whom it is meant. */
const verify = (jwt, more) =>
  jwtVerify(jwt, published, {
    ...more,
    issuer: ISSUER,
    typ: 'at+jwt',
    algorithms: ['ES256'],
    requiredClaims: ['exp'],
  })

const byJwt = (check) => async (req, res, next) => {
  const given = bearerOf(req)
  try {
    if (given === undefined) throw new Error('no token')
    await check(given)
  } catch {
    return refuse(res)
  }
  return next()
}

/** Guards as they stand in public code, written anew; two of them are right. */
export const guards = {
  right: (req, res, next) => (opens(req) ? next() : refuse(res)),

  none: (_req, _res, next) => next(),

  'any-host': (_req, _res, next) => next(),

  'open-when-unset': (req, res, next) => {
    const expected = process.env.UNSET_TOKEN || ''
    if (!expected) return next()
    return req.headers.authorization === `Bearer ${expected}`
      ? next()
      : refuse(res)
  },

  'any-header': (req, res, next) =>
    req.headers.authorization ? next() : refuse(res),

  'bearer-undefined': (req, res, next) =>
    req.headers.authorization === `Bearer ${process.env.UNSET_TOKEN}`
      ? next()
      : refuse(res),

  'default-token': (req, res, next) => {
    const expected = process.env.UNSET_TOKEN ?? 'dev-token'
    const given = bearerOf(req)
    const fits = given !== undefined && digest(given).equals(digest(expected))
    return fits || opens(req) ? next() : refuse(res)
  },

  'no-return': (req, res, next) => {
    if (!opens(req)) refuse(res)
    next()
  },

  'split-on-space': (req, res, next) =>
    (req.headers.authorization ?? '').split(' ')[1] === token
      ? next()
      : refuse(res),

  'token-in-url': (req, res, next) =>
    opens(req) || req.query.token === token ? next() : refuse(res),

  prefix: (req, res, next) => {
    const given = (req.headers.authorization ?? '-').replace(/^Bearer /, '')
    return token?.startsWith(given) ? next() : refuse(res)
  },

  'post-only': (req, res, next) =>
    req.method !== 'POST' || opens(req) ? next() : refuse(res),

  'calls-only': (req, res, next) =>
    req.body?.method !== 'tools/call' || opens(req) ? next() : refuse(res),

  'after-the-route': (req, res, next) => (opens(req) ? next() : refuse(res)),

  'sse-beside': (req, res, next) => (opens(req) ? next() : refuse(res)),

  'forbidden-not-401': (req, res, next) => {
    if (opens(req)) return next()
    return refuse(res, req.headers.authorization ? 403 : 401)
  },

  'header-logged': (req, res, next) => {
    console.error(req.method, req.url, req.headers)
    return opens(req) ? next() : refuse(res)
  },

  'right-jwt': byJwt((jwt) => verify(jwt, { audience: RESOURCE })),

  'decoded-only': byJwt(async (jwt) => {
    const { exp = 0, iss, aud } = decodeJwt(jwt)
    const fits = iss === ISSUER && [aud].flat().includes(RESOURCE)
    if (!fits || exp * 1000 < Date.now()) throw new Error('no')
  }),

  'any-audience': byJwt((jwt) => verify(jwt)),
}

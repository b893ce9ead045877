import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import express from 'express'
import bearerToken from 'express-bearer-token'
import { auth } from 'express-oauth2-jwt-bearer'
import passport from 'passport'
import { Strategy } from 'passport-http-bearer'
import { requireBearer } from '../../step-1/src/guard.ts'
import { requireBearer as requireHinted } from '../../step-3/src/guard.ts'
import { openOAuth } from '../../step-3/src/oauth.ts'

const { ISSUER, AUDIENCE, MCP_TOKEN = '' } = process.env

const digestOf = (secret) => createHash('sha256').update(secret).digest()
const expected = digestOf(MCP_TOKEN)
/** One named caller among a thousand, found by digest: the same for all. */
const callers = new Map(
  Array.from({ length: 1000 }, () => digestOf(randomUUID()))
    .concat(expected)
    .map((digest, index) => [
      digest.toString('hex'),
      { name: `caller-${index}`, digest, scopes: [] },
    ]),
)

async function findCaller(secret) {
  const digest = digestOf(secret)
  const caller = callers.get(digest.toString('hex'))
  return caller && timingSafeEqual(caller.digest, digest) ? caller : undefined
}

const refuse = (res) =>
  res
    .status(401)
    .set('WWW-Authenticate', 'Bearer realm="mcp", error="invalid_token"')
    .json({ error: 'invalid_token' })

const guards = {
  ours: () => requireBearer(findCaller),
  sdk: () =>
    requireBearerAuth({
      verifier: {
        async verifyAccessToken(token) {
          const caller = await findCaller(token)
          if (!caller) throw new InvalidTokenError('unknown token')
          const { name: clientId, scopes } = caller
          // It lets no token pass that never expires.
          return { token, clientId, scopes, expiresAt: Date.now() }
        },
      },
    }),
  passport: () => {
    passport.use(
      new Strategy((secret, done) => {
        findCaller(secret).then((caller) => done(null, caller ?? false), done)
      }),
    )
    return passport.authenticate('bearer', { session: false })
  },
  token: () => [
    bearerToken({ queryKey: false, bodyKey: false }),
    async (req, res, next) => {
      req.auth = req.token && (await findCaller(req.token))
      return req.auth ? next() : refuse(res)
    },
  ],
  'ours-jwt': () => {
    const env = { OAUTH_ISSUER: ISSUER, OAUTH_MAX_AGE: '3600' }
    const { verify } = openOAuth(env, new URL(AUDIENCE))
    return requireHinted(verify, {}, (_req, _res, next) => next())
  },
  jwt: () =>
    auth({
      issuer: ISSUER,
      audience: AUDIENCE,
      jwksUri: `${ISSUER}/keys`,
      tokenSigningAlg: 'ES256',
      strict: false,
    }),
}

/** One application for each guard, so that none is looked for among others. */
function createApp(name, guard) {
  const app = express()
  app.disable('x-powered-by')
  app.use('/mcp', guard)
  app.post('/mcp', (_req, res) => {
    // Our guard says so itself; no other one does, and every answer has to.
    if (!name.startsWith('ours')) res.set('Cache-Control', 'no-store')
    res.json({ served: true })
  })
  app.use((error, _req, res, _next) => {
    res.status(error.status ?? 500).json({ error: error.message })
  })
  return app
}

const apps = new Map(
  Object.entries(guards).map(([name, make]) => [name, createApp(name, make())]),
)
// All in one process: they share the compiled code and the collected garbage,
// so what tells them apart is the guard, and not how a process came to be.
const server = createServer((req, res) => {
  const [, name, rest] = /^\/([^/]+)(\/.*)$/.exec(req.url) ?? []
  req.url = rest
  apps.get(name)(req, res)
})
server.listen(0, '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${server.address().port}`),
)

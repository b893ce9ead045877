import { errors, type JWTPayload, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import { note } from './audit.ts'
import { readPrivate } from './env.ts'
import type { Caller, Verify } from './guard.ts'
import { openIssuer } from './issuer.ts'
import { digestOf } from './keys.ts'

/** Whose tokens are taken, and how they are told from others. */
export interface OAuth {
  issuer: string
  verify: Verify
}

/**
 * Takes what `OAUTH_ISSUER` issued for `resource`, if it is set: JWTs by the
 * issuer's keys (RFC 9068 §4), other tokens by its word (RFC 7662).
 * @throws {Error} which names the variable that is wrong
 */
export function openOAuth(
  env: NodeJS.ProcessEnv,
  resource: URL,
): OAuth | undefined {
  const { OAUTH_ISSUER: issuer, OAUTH_AUDIENCE: audience = resource.href } = env
  if (!issuer) return undefined
  if (
    !/^https:\/\/|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]/.test(issuer)
  ) {
    throw new Error('OAUTH_ISSUER must begin with https://.')
  }
  const maxAge = Number(env.OAUTH_MAX_AGE || 60) * 1000
  if (!(maxAge > 0)) throw new Error('OAUTH_MAX_AGE must be in seconds.')
  const client = readClient(env)
  const server = openIssuer(issuer, maxAge, client)
  const read = async (token: string): Promise<JWTPayload> => {
    if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
      const { payload } = await jwtVerify(token, server.findKey, {
        issuer,
        audience,
        algorithms: ['ES256', 'EdDSA', 'PS256', 'RS256'],
        typ: env.OAUTH_TOKEN_TYP || 'at+jwt',
        requiredClaims: ['exp'],
        maxTokenAge: '1d',
        clockTolerance: '30s',
      })
      return payload
    }
    if (!client) throw new errors.JWTInvalid('There is nobody to ask.')
    return checkClaims(await server.introspect(token), issuer, audience)
  }
  const callers = new LRUCache<string, Required<Caller>>({ max: 10_000 })
  const find = async (token: string): Promise<Caller> => {
    const digest = digestOf(token)
    const known = callers.get(digest)
    // The cache counts time by itself: it does not see a clock being set.
    if (known && known.expiresAt * 1000 > Date.now()) return known
    const { sub, exp = 0, scope, scp = scope ?? '' } = await read(token)
    if (typeof sub !== 'string' || !sub) {
      throw new errors.JWTInvalid('It names nobody.')
    }
    const scopes = [scp].flat().join(' ').split(' ')
    const caller = { name: sub, scopes, expiresAt: exp }
    callers.set(digest, caller)
    return caller
  }
  const verify: Verify = async (token) => {
    try {
      const caller = await find(token)
      note({ credential: 'valid', caller: caller.name })
      return caller
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error
      note({ credential: error.code, claim: Object(error).claim })
      return undefined
    }
  }
  return { issuer, verify }
}

/** Asks of what the issuer told what is asked of what it signed. */
function checkClaims(
  claims: JWTPayload,
  issuer: string,
  audience: string,
): JWTPayload {
  const now = Date.now() / 1000
  const { active, aud, iss = issuer, exp = 0, nbf = 0 } = claims
  const holds = {
    active: active === true,
    aud: [aud].flat().includes(audience),
    iss: iss === issuer,
    exp: exp > now,
    nbf: nbf <= now + 30,
  }
  const [claim] = Object.entries(holds).find(([, ok]) => !ok) ?? []
  if (!claim) return claims
  throw new errors.JWTClaimValidationFailed('It is wrong.', claims, claim)
}

/** How we sign in at the issuer, to ask it about tokens. */
function readClient(env: NodeJS.ProcessEnv) {
  const { OAUTH_CLIENT_ID: id, OAUTH_CLIENT_SECRET_FILE: file } = env
  if (!id && !file) return undefined
  if (id && file) {
    const secret = readPrivate(file, 'OAUTH_CLIENT_SECRET_FILE').trim()
    if (secret) return { id, secret }
    throw new Error('OAUTH_CLIENT_SECRET_FILE names an empty file.')
  }
  throw new Error('Set OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET_FILE, or none.')
}

import * as jose from 'jose'
import { LRUCache } from 'lru-cache'
import { note } from './audit.ts'
import { openAuthority } from './authority.ts'
import type { Admit, Caller, Verify } from './guard.ts'
import { digestOf } from './keys.ts'

export type OAuth = ReturnType<typeof openOAuth>
type Known = Required<Caller>
const { JOSEError, JWTExpired, JWTInvalid } = jose.errors

/**
 * Takes what `OAUTH_ISSUER` issued for `resource`, if it is set: JWTs by the
 * issuer's keys (RFC 9068 §4), other tokens by its word (RFC 7662).
 * @throws {Error} which names the variable that is wrong
 */
export function openOAuth(env: NodeJS.ProcessEnv, resource: URL) {
  const { OAUTH_ISSUER: issuer, OAUTH_AUDIENCE, OAUTH_TOKEN_TYP } = env
  if (!issuer) return undefined
  if (!isIssuer.test(issuer) || !URL.canParse(issuer)) {
    throw new Error('OAUTH_ISSUER must be like https://login.example.com.')
  }
  const authority = openAuthority(issuer, env)
  const audience = OAUTH_AUDIENCE || resource.href
  const requiredClaims = ['exp']
  const rules = { issuer, audience, requiredClaims, clockTolerance: 30 }
  const algorithms = ['ES256', 'Ed25519', 'EdDSA', 'PS256', 'RS256']
  const signed = { ...rules, algorithms, typ: OAUTH_TOKEN_TYP || 'at+jwt' }
  const introspect = async (token: string, admit?: Admit) => {
    if (!authority.introspect) throw new JWTInvalid('There is nobody to ask.')
    const { active, ...claims } = await authority.introspect(token, admit)
    if (active !== true) throw new JWTInvalid('It is not active.')
    // What the issuer tells is held to the same as what it signs.
    const told = new jose.UnsecuredJWT({ iss: issuer, ...claims }).encode()
    return callerOf(jose.UnsecuredJWT.decode(told, rules).payload)
  }
  // One question at a time about a token, and none again soon after a no.
  const callers = new LRUCache<string, Known | Error, [string, Admit?]>({
    max: 10_000,
    ttl: authority.maxAge,
    fetchMethod: async (_digest, old, { options, context: [token, admit] }) => {
      // What is no JWT, only its issuer can read.
      const isJwt = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)
      const findKey = isJwt && (await authority.findKeys())
      try {
        const read = findKey && (await jose.jwtVerify(token, findKey, signed))
        if (read) return callerOf(read.payload)
      } catch (error) {
        if (!(error instanceof jose.errors.JWSInvalid)) throw error
      }
      const isKnown = old && !(old instanceof Error)
      return introspect(token, isKnown ? undefined : admit).catch((error) => {
        if (!(error instanceof JOSEError)) throw error
        options.ttl = 5_000
        return error
      })
    },
  })
  const verify: Verify = async (token, admit) => {
    try {
      const context: [string, Admit?] = [token, admit]
      const caller = await callers.forceFetch(digestOf(token), { context })
      if (caller instanceof Error) throw caller
      // The cache counts time by itself: it does not see a clock being set.
      const isOver = caller.expiresAt + 30 < Date.now() / 1000
      if (isOver) throw new JWTExpired('It is over.', {})
      note({ credential: 'valid', caller: caller.name, issuer })
      return caller
    } catch (error) {
      if (!(error instanceof JOSEError)) throw error
      note({ credential: error.code, claim: Object(error).claim })
      return undefined
    }
  }
  return { issuer, verify }
}

/** As tokens name it, letter by letter; in plain only on this machine. */
const isIssuer =
  /^(https:\/\/[^\s@?#\\/]+|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)(\/[^\s?#\\]*)?$/

/** @throws {Error} when it has no name of one line, as is written down */
function callerOf({ sub = '', exp = 0, scope, scp }: jose.JWTPayload): Known {
  const isName =
    typeof sub === 'string' && /^[^\p{C}\u2028\u2029]{1,255}$/u.test(sub)
  if (!isName) throw new JWTInvalid('It names nobody.')
  const scopes = [scp ?? scope].flat().join(' ').split(' ')
  return { name: sub, scopes, expiresAt: exp }
}

import * as jose from 'jose'
import { note } from './audit.ts'

/** Finds keys among those at `uri`, which is asked once a second at most. */
export function openKeys(uri: string | undefined, maxAge: number) {
  if (!uri) return undefined
  let next = 0
  const find = jose.createRemoteJWKSet(new URL(uri), {
    cacheMaxAge: maxAge,
    // An unknown key is looked for every 15 s at most, whoever names it.
    cooldownDuration: 15_000,
    [jose.customFetch]: async (...request) => {
      if (Date.now() < next) throw new Error('It was asked a moment ago.')
      next = Date.now() + Math.min(maxAge, 1_000)
      return fetch(...request)
    },
  })
  return (header: jose.JWTHeaderParameters, token: jose.FlattenedJWSInput) =>
    orUnavailable(() => find(header, token)).catch(async (error) => {
      if (!(error instanceof jose.errors.JWKSMultipleMatchingKeys)) throw error
      // Keys without a name are tried in turn.
      for await (const key of error) {
        if (await jose.flattenedVerify(token, key).catch(() => 0)) return key
      }
      throw new jose.errors.JWSSignatureVerificationFailed()
    })
}

/** What is wrong with a token is its bearer's fault; anything else is not. */
export const orUnavailable = <T>(work: () => Promise<T>): Promise<T> =>
  work().catch((cause) => {
    if (/^ERR_(JWKS_(NO|MULT)|JOSE_NOT)/.test(cause.code)) throw cause
    note({ credential: 'issuer unavailable' })
    const error = new Error('OAUTH_ISSUER cannot be asked.', { cause })
    throw Object.assign(error, { status: 503 })
  })

import { hash, timingSafeEqual } from 'node:crypto'
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import type { OAuthTokenVerifier } from '@modelcontextprotocol/sdk/server/auth/provider.js'

/** Hashing makes both sides 32 bytes: equal lengths, nothing to measure. */
const digestOf = (secret: string) => hash('sha256', secret, 'buffer')

const tokens = [
  {
    clientId: 'shared',
    digest: digestOf('guard-up-sdk-require-bearer-secret-of-an-exercise'),
    expiresAt: Date.UTC(2100, 0) / 1000,
  },
  {
    clientId: 'shared',
    digest: digestOf('guard-up-sdk-require-bearer-secret-of-2025-expired'),
    expiresAt: Date.UTC(2026, 0) / 1000,
  },
]

/** Knows two secrets; whoever holds one is the same caller, `shared`. */
export const verifier: OAuthTokenVerifier = {
  async verifyAccessToken(secret) {
    const digest = digestOf(secret)
    const token = tokens.find((known) => timingSafeEqual(known.digest, digest))
    if (!token) throw new InvalidTokenError('No token of "office" is like this')
    const { clientId, expiresAt } = token
    // The secret stays at the door: no tool can leak it or pass it on.
    return { token: '', clientId, scopes: [], expiresAt }
  },
}

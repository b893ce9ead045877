import { hash, timingSafeEqual } from 'node:crypto'
import type { Verify } from './guard.ts'

const shared = 'guard-up-tells-who-expired-secret-of-an-exercise'

/** Hashing makes both sides 32 bytes: equal lengths, nothing to measure. */
const digestOf = (secret: string) => hash('sha256', secret, 'buffer')

const expected = digestOf(shared)

const former = digestOf('guard-up-tells-who-expired-secret-of-2025-expired')

/** Knows one secret; whoever holds it is the same caller, `shared`. */
export const verify: Verify = async (secret) => {
  const digest = digestOf(secret)
  if (timingSafeEqual(digest, expected)) return { name: 'shared', scopes: [] }
  if (!timingSafeEqual(digest, former)) return undefined
  return { name: 'former', scopes: [], expiresAt: Date.UTC(2026, 0) / 1000 }
}

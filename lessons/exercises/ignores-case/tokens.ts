import { createHash, timingSafeEqual } from 'node:crypto'
import type { Verify } from './guard.ts'

const shared = 'guard-up-ignores-case-secret-of-an-exercise'

/** Hashing makes both sides 32 bytes: equal lengths, nothing to measure. */
const digestOf = (secret: string) =>
  createHash('sha256').update(secret.toLowerCase()).digest()

const expected = digestOf(shared)

/** Knows one secret; whoever holds it is the same caller, `shared`. */
export const verify: Verify = async (secret) =>
  timingSafeEqual(digestOf(secret), expected)
    ? { name: 'shared', scopes: [] }
    : undefined

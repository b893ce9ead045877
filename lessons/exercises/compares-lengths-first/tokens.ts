import { timingSafeEqual } from 'node:crypto'
import type { Verify } from './guard.ts'

const shared = 'guard-up-compares-lengths-first-secret-of-an-exercise'

const expected = Buffer.from(shared)

/** Knows one secret; whoever holds it is the same caller, `shared`. */
export const verify: Verify = async (secret) => {
  const given = Buffer.from(secret)
  return given.length === expected.length && timingSafeEqual(given, expected)
    ? { name: 'shared', scopes: [] }
    : undefined
}

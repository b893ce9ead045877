import { hash, timingSafeEqual } from 'node:crypto'
import type { Verify } from './guard.ts'

const secrets = {
  support: 'guard-up-forgets-the-owner-support-secret-of-an-exercise',
  finance: 'guard-up-forgets-the-owner-finance-secret-of-an-exercise',
}

/** Hashing makes both sides 32 bytes: equal lengths, nothing to measure. */
const digestOf = (secret: string) => hash('sha256', secret, 'buffer')

const callers = Object.entries(secrets).map(([name, secret]) => ({
  name,
  digest: digestOf(secret),
}))

/** Knows one secret per caller. */
export const verify: Verify = async (secret) => {
  const given = digestOf(secret)
  const found = callers.find(({ digest }) => timingSafeEqual(given, digest))
  return found && { name: found.name, scopes: [] }
}

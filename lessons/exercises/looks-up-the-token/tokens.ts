import type { Caller, Verify } from './guard.ts'

const callers = new Map<string, Caller>([
  [
    'guard-up-looks-up-the-token-secret-of-an-exercise',
    { name: 'shared', scopes: [] },
  ],
])

/** Knows some secrets, and who holds each. */
export const verify: Verify = async (secret) => callers.get(secret)

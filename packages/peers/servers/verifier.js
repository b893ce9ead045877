import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (secret) => createHash('sha256').update(secret).digest()

/** Who may call, by the digest of what they hold. */
const callers = (process.env.PEER_TOKENS ?? '')
  .split(',')
  .filter(Boolean)
  .map((secret, i) => ({ digest: digest(secret), clientId: `caller-${i + 1}` }))

/** The caller who holds a secret; undefined when nobody does. */
export function findCaller(secret) {
  const given = digest(secret)
  return callers.find((caller) => timingSafeEqual(caller.digest, given))
}

/** Until when a token counts, as the SDK wants to be told: an hour. */
export const expiresAt = () => Math.floor(Date.now() / 1000) + 3600

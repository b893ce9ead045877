import { timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { note } from './audit.ts'
import type { Verify } from './guard.ts'
import { digestOf, isMinted } from './keys.ts'

/** What is held of a secret: everything but the secret. */
const Token = z.strictObject({
  name: z.string().regex(/^[\w.@-]{1,64}$/),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(z.string().regex(/^[\w.:-]+$/)).default([]),
  notBefore: z.iso.datetime().pipe(z.coerce.date()),
  expiresAt: z.iso.datetime().pipe(z.coerce.date()),
})
export type Token = z.infer<typeof Token>

/**
 * The tokens in a text, which is a JSON array.
 * @throws {Error} which names the source and the entry, never the content
 */
export function readTokens(source: string, text = ''): Token[] {
  let entries: unknown
  try {
    entries = JSON.parse(text)
  } catch {}
  const { data: tokens, error } = z.array(Token).safeParse(entries)
  const [at, place = 'what it holds'] = error?.issues[0]?.path ?? []
  const entry = `${source} entry ${Number(at) + 1}`
  if (at !== undefined) throw new Error(`${entry}: ${String(place)} is wrong.`)
  if (!tokens) throw new Error(`${source} must hold a JSON array of tokens.`)
  const digests = new Set(tokens.map((token) => token.digest))
  if (digests.size === tokens.length) return tokens
  throw new Error(`${source} gives one secret to two callers.`)
}

/** The tokens in force; a reload replaces them between two requests. */
export class TokenStore {
  #byDigest = new Map<string, Token>()

  /** An empty list is no mistake here: it revokes everyone. */
  replace(tokens: Token[]): void {
    this.#byDigest = new Map(tokens.map((token) => [token.digest, token]))
  }

  /** Looks a secret up by its digest, so nothing secret steers the lookup. */
  verify: Verify = async (secret) => {
    const digest = digestOf(secret)
    const token = this.#byDigest.get(digest)
    note({ credential: 'unknown' })
    if (!token || !isMinted(secret)) return undefined
    const same = timingSafeEqual(Buffer.from(token.digest), Buffer.from(digest))
    if (!same) return undefined
    const { name, scopes, expiresAt } = token
    const state = stateOf(token)
    note({ credential: state, caller: name })
    if (state !== 'valid') return undefined
    return { name, scopes, expiresAt: expiresAt.getTime() / 1000 }
  }
}

const stateOf = ({ notBefore, expiresAt }: Token, now = new Date()) =>
  now < notBefore ? 'not valid yet' : now < expiresAt ? 'valid' : 'expired'

import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

interface Cost {
  N: number
  r: number
  p: number
}

const derive = promisify<
  string,
  Buffer,
  number,
  Cost & { maxmem: number },
  Buffer
>(scrypt)

/** Kept in each hash, so that it can be raised without locking anyone out. */
const cost: Cost = { N: 2 ** 15, r: 8, p: 3 }

/** What is kept of a password: `scrypt$N$r$p$salt$digest`. */
export async function hashPassword(
  password: string,
  { N, r, p } = cost,
): Promise<string> {
  const salt = randomBytes(16)
  const digest = await digestOf(password, salt, { N, r, p })
  return `scrypt$${[N, r, p, encode(salt), encode(digest)].join('$')}`
}

/** The hash of no password, which takes as long to compare as any. */
export const noPassword = `scrypt$${cost.N}$${cost.r}$${cost.p}$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** The shape that `hashPassword` gives; the costs are bounded. */
export const hashShape =
  /^scrypt\$(16384|32768|65536|131072)\$(8)\$([1-8])\$([\w-]{22})\$([\w-]{43})$/

/** Whether a password is the one that was hashed. */
export async function isPassword(
  password: string,
  hash: string,
): Promise<boolean> {
  const [, N, r, p, salt = '', digest = ''] = hashShape.exec(hash) ?? []
  const found = await digestOf(password, Buffer.from(salt, 'base64url'), {
    N: Number(N),
    r: Number(r),
    p: Number(p),
  })
  return timingSafeEqual(found, Buffer.from(digest, 'base64url'))
}

/** A password that nobody has to think up, of 120 random bits. */
export const mintPassword = () =>
  (encode(randomBytes(15)).match(/.{5}/g) ?? []).join('-')

const digestOf = (password: string, salt: Buffer, { N, r, p }: Cost) =>
  // Keyboards differ in which code points they send for one character.
  derive(password.normalize('NFKC'), salt, 32, { N, r, p, maxmem: 256 * N * r })

const encode = (bytes: Buffer) => bytes.toString('base64url')

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import writeFileAtomic from 'write-file-atomic'
import { z } from 'zod'
import { readPrivate } from './files.ts'

/** A retired key is published this long: longer than what it signed lives. */
const overlap = 60 * 60 * 1000

const Keys = z.strictObject({
  /** Signing keys, the one in use first. */
  signing: z
    .array(
      z.strictObject({
        jwk: z.looseObject({ kid: z.string(), kty: z.literal('EC') }),
        /** Milliseconds since the epoch; absent while the key is in use. */
        retiredAt: z.number().optional(),
      }),
    )
    .min(1),
  /** What cookies are signed with. */
  cookies: z.array(z.string().min(32)).min(1),
})

export type Keys = z.infer<typeof Keys>

/**
 * The keys of a folder, made at the first start.
 * @throws {Error} which names the file, never the content
 */
export async function openKeys(folder: string): Promise<Keys> {
  const file = join(folder, 'keys.json')
  if (!existsSync(file)) {
    const cookies = [randomBytes(32).toString('base64url')]
    return save(folder, { signing: [await mintKey()], cookies })
  }
  let entries: unknown
  try {
    entries = JSON.parse(readPrivate('keys.json', file))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  const { data } = Keys.safeParse(entries)
  if (data) return data
  throw new Error('keys.json does not hold the keys that were written to it.')
}

/** Signs with a new key from now on; the old one stays published a while. */
export async function rotateKeys(folder: string): Promise<Keys> {
  const { signing, cookies } = await openKeys(folder)
  const now = Date.now()
  const old = signing
    .map((key) => ({ ...key, retiredAt: key.retiredAt ?? now }))
    .filter(({ retiredAt }) => retiredAt + overlap > now)
  return save(folder, { signing: [await mintKey(), ...old], cookies })
}

/** The keys to publish now, the one in use first. */
export const publishedKeys = ({ signing }: Keys, now = Date.now()) =>
  signing
    .filter(({ retiredAt = now }) => retiredAt + overlap > now)
    .map(({ jwk }) => jwk)

async function mintKey() {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const kid = randomBytes(8).toString('hex')
  const jwk = {
    ...(await exportJWK(privateKey)),
    kid,
    alg: 'ES256',
    use: 'sig',
  }
  return { jwk: { ...jwk, kty: 'EC' as const } }
}

async function save(folder: string, keys: Keys): Promise<Keys> {
  const text = `${JSON.stringify(keys, null, 2)}\n`
  await writeFileAtomic(join(folder, 'keys.json'), text, { mode: 0o600 })
  return keys
}

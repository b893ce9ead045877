import { randomUUID } from 'node:crypto'
import { exportJWK, exportSPKI, generateKeyPair } from 'jose'

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>

/** A signing key under the name by which it is published. */
export interface Key extends KeyPair {
  kid: string
  alg: string
}

/** What it may sign with honestly: most servers list one of them. */
export const algorithms = ['ES256', 'RS256'] as const

export type Algorithm = (typeof algorithms)[number]

/** The keys of one authorization server, and which of them it shows. */
export interface KeyRing {
  /** What honest tokens are signed with, from here on. */
  algorithm: Algorithm
  /** Those that sign honest tokens of the algorithm, the newest last. */
  own(): Key[]
  newest(): Key
  /** The one that signs with RSA. */
  rsa: Key
  /** Published, and used for nothing honest. */
  spare: Key[]
  /** Never published. */
  foreign: Key
  /** Has a new key sign; the ones before stay published. */
  rotate(): Promise<void>
  /** Publishes the newest key only. */
  withdraw(): void
  published(): Key[]
}

const createKey = async (alg: string = 'ES256'): Promise<Key> => ({
  ...(await generateKeyPair(alg, { extractable: true })),
  kid: randomUUID(),
  alg,
})

/** Keys that every liar of this process shares: RSA takes its time. */
let shared: Promise<Key[]> | undefined

/** Makes those that are its own, and takes those that all share. */
export async function createKeyRing(): Promise<KeyRing> {
  shared ??= Promise.all(['RS256', 'ES384', 'ES512', 'EdDSA'].map(createKey))
  const [rsa, ...spare] = (await shared) as [Key, ...Key[]]
  const keys = [await createKey(), rsa]
  const foreign = await createKey()
  let published = [...keys]
  const ring: KeyRing = {
    algorithm: 'ES256',
    own: () => keys.filter(({ alg }) => alg === ring.algorithm),
    newest: () => ring.own().at(-1) as Key,
    rsa,
    spare,
    foreign,
    async rotate() {
      keys.push(await createKey(ring.algorithm))
      published = [...keys]
    },
    withdraw() {
      const { algorithm, newest } = ring
      published = keys.filter((it) => it.alg !== algorithm || it === newest())
    },
    published: () => [...published, ...spare],
  }
  return ring
}

/** Keys as a JWK Set (RFC 7517 §5). */
export const publish = async (list: Key[]) => ({
  keys: await Promise.all(
    list.map(async ({ publicKey, kid, alg }) => ({
      ...(await exportJWK(publicKey)),
      kid,
      // An RSA key serves several algorithms; many issuers name none.
      ...(alg !== 'RS256' && { alg }),
      use: 'sig',
    })),
  ),
})

/** A public key in each form that people keep it in. */
export async function formsOf(
  key: Key,
): Promise<Record<string, string | Buffer>> {
  const { publicKey } = key
  const pem = await exportSPKI(publicKey)
  const jwk = await exportJWK(publicKey)
  const body = pem.replace(/-----[^-]+-----|\s/g, '')
  return {
    'the public key as PEM': pem,
    'the public key as PEM, with the end of its line': `${pem}\n`,
    'the public key as DER': Buffer.from(body, 'base64'),
    'the public key as JWK': JSON.stringify(jwk),
    'the public key as it is published': JSON.stringify(
      (await publish([key])).keys[0],
    ),
  }
}

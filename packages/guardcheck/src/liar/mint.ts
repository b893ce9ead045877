import { createHmac, randomUUID } from 'node:crypto'
import {
  exportJWK,
  exportPKCS8,
  exportSPKI,
  importPKCS8,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose'
import type { Key, KeyRing } from './key-ring.ts'
import type { LieName } from './lies.ts'

/** What a token says; undefined leaves out what an honest one would say. */
export type Claims = Record<string, unknown>

/** Asymmetric all of them; a server that takes each of them has no list. */
export const unlistedAlgorithms = ['ES384', 'ES512', 'RS512', 'PS384'] as const

export type UnlistedAlgorithm = (typeof unlistedAlgorithms)[number]

/** Makes tokens in the name of one authorization server. */
export interface Mint {
  /** What an honest token says, but for the changes. */
  honest(changes: Claims): Claims
  sign(
    key: Key,
    claims: Claims,
    header?: Partial<JWTHeaderParameters>,
  ): Promise<string>
  /** Puts together what a library refuses to: an HMAC, or no signature. */
  forge(header: object, claims: Claims, hmacKey?: string | Buffer): string
  /** Signs with another algorithm than those, and a published key. */
  signUnlisted(
    alg: UnlistedAlgorithm | 'EdDSA' | 'PS256',
    claims: Claims,
  ): Promise<string>
}

/** Seconds since the epoch, as tokens count. */
const now = () => Math.floor(Date.now() / 1000)

/** A mint for tokens of the issuer at `url`, signed by its keys. */
export function createMint(url: string, { rsa, spare }: KeyRing): Mint {
  const honest: Mint['honest'] = (changes) => ({
    iss: url,
    sub: 'guardcheck',
    client_id: 'guardcheck',
    iat: now(),
    exp: now() + 300,
    jti: randomUUID(),
    ...changes,
  })
  const sign: Mint['sign'] = (key, claims, header = {}) =>
    new SignJWT(JSON.parse(JSON.stringify(honest(claims))))
      .setProtectedHeader({
        alg: key.alg,
        typ: 'at+jwt',
        kid: key.kid,
        ...header,
      })
      .sign(key.privateKey, { crit: { 'urn:guardcheck:unknown': true } })
  return {
    honest,
    sign,
    forge(header, claims, hmacKey) {
      const part = (value: object) =>
        Buffer.from(JSON.stringify(value)).toString('base64url')
      const signed = `${part(header)}.${part(honest(claims))}`
      if (hmacKey === undefined) return `${signed}.`
      const mac = createHmac('sha256', hmacKey).update(signed)
      return `${signed}.${mac.digest('base64url')}`
    },
    async signUnlisted(alg, claims) {
      const key = spare.find((it) => it.alg === alg) ?? rsa
      if (key.alg === alg) return sign(key, claims)
      const pkcs8 = await exportPKCS8(key.privateKey)
      const privateKey = await importPKCS8(pkcs8, alg)
      return sign({ ...key, privateKey, alg }, claims)
    },
  }
}

/** How each lie is told by the issuer at `url`. */
export function createLies(
  url: string,
  { newest, foreign }: KeyRing,
  { sign, forge, signUnlisted }: Mint,
): Record<LieName, (claims: Claims) => Promise<string>> {
  return {
    'wrong-audience': (claims) =>
      sign(newest(), { ...claims, aud: 'https://other.example/mcp' }),
    'wrong-issuer': (claims) =>
      sign(newest(), { ...claims, iss: 'https://other.example' }),
    // As they are: for the client, and nothing in them says what it may do.
    'id-token': (claims) =>
      sign(
        newest(),
        {
          ...claims,
          aud: 'guardcheck',
          azp: 'guardcheck',
          client_id: undefined,
          scope: undefined,
          nonce: randomUUID(),
          auth_time: now(),
        },
        { typ: 'JWT' },
      ),
    expired: (claims) =>
      sign(newest(), { ...claims, iat: now() - 420, exp: now() - 120 }),
    'not-yet-valid': (claims) =>
      sign(newest(), { ...claims, nbf: now() + 300 }),
    'no-expiry': (claims) => sign(newest(), { ...claims, exp: undefined }),
    none: async (claims) =>
      forge({ alg: 'none', typ: 'at+jwt', kid: newest().kid }, claims),
    'hmac-with-public-key': async (claims) => {
      const { kid, publicKey } = newest()
      const header = { alg: 'HS256', typ: 'at+jwt', kid }
      return forge(header, claims, await exportSPKI(publicKey))
    },
    'own-key': (claims) => sign(foreign, claims, { kid: newest().kid }),
    'unlisted-algorithm': (claims) => signUnlisted('PS384', claims),
    'embedded-key': async (claims) => {
      const { kid, alg } = newest()
      const jwk = { ...(await exportJWK(foreign.publicKey)), kid, alg }
      return sign(foreign, claims, { jwk, kid })
    },
    'key-url': (claims) => sign(foreign, claims, { jku: `${url}/sink` }),
    'certificate-url': (claims) =>
      sign(foreign, claims, { x5u: `${url}/sink`, kid: newest().kid }),
    'unknown-extension': (claims) =>
      sign(newest(), claims, {
        crit: ['urn:guardcheck:unknown'],
        'urn:guardcheck:unknown': true,
      }),
    'unknown-key': (claims) => sign(foreign, claims),
    // What is read there is empty, and so is the key.
    'path-as-key': async (claims) => {
      const kid = `${'../'.repeat(16)}dev/null`
      return forge({ alg: 'HS256', typ: 'at+jwt', kid }, claims, '')
    },
  }
}

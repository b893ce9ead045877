import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import {
  exportJWK,
  exportPKCS8,
  exportSPKI,
  generateKeyPair,
  importPKCS8,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose'
import type { LieName } from './lies.ts'

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>

/** A signing key under the name by which it is published. */
interface Key extends KeyPair {
  kid: string
  alg: string
}

/** What it may sign with honestly: most servers list one of them. */
export const algorithms = ['ES256', 'RS256'] as const

export type Algorithm = (typeof algorithms)[number]

/** What a token says; undefined leaves out what an honest one would say. */
export type Claims = Record<string, unknown>

/** An authorization server that says whatever it is asked to. */
export interface LyingIssuer {
  /** Its name, which a server is configured to trust. */
  url: string
  /** Who may ask it about tokens. */
  client: { id: string; secret: string }
  /** Seconds that the server was told to believe it; unknown if left out. */
  maxAge?: number | undefined
  /** What honest tokens are signed with, from here on. */
  algorithm: Algorithm
  /** All that the server has a scope for, as far as that is known. */
  scope: string
  /** Signs what an honest token for `aud` says, but for the changes. */
  mint(claims: Claims, header?: Partial<JWTHeaderParameters>): Promise<string>
  /** Makes a token that does one of the lies. */
  lie(name: LieName, claims: Claims): Promise<string>
  /** Signs with another algorithm than those, and a published key. */
  signUnlisted(
    alg: UnlistedAlgorithm | 'EdDSA' | 'PS256',
    claims: Claims,
  ): Promise<string>
  /** Puts together what a library refuses to: an HMAC, or no signature. */
  forge(header: object, claims: Claims, hmacKey?: string | Buffer): string
  /** The public key of honest tokens, in each form that people keep it in. */
  publicKeyForms(): Promise<Record<string, string | Buffer>>
  /** A token that says nothing: what is told of it when asked. */
  issueOpaque(claims: Claims, token?: string): string
  /** A token that looks like an opaque one, and is none. */
  neverIssued(): string
  /** Has it told from now on that an opaque token is not active. */
  revokeOpaque(token: string): void
  /** Has a new key sign; the ones before stay published. */
  rotate(): Promise<void>
  /** Publishes the newest key only. */
  withdraw(): void
  /** Signs as if the newest key had never been made. */
  mintWithOld(claims: Claims): Promise<string>
  /** Whether its keys and its word cannot be had. */
  setDown(down: boolean): void
  /** Milliseconds that each of its answers takes from now on. */
  setDelay(ms: number): void
  /**
   * How often it was asked for each so far, and about one and the same token
   * at the same time.
   */
  hits: { keys: number; introspection: number; sink: number; atOnce: number }
  close(): Promise<void>
}

/** Asymmetric all of them; a server that takes each of them has no list. */
export const unlistedAlgorithms = ['ES384', 'ES512', 'RS512', 'PS384'] as const

export type UnlistedAlgorithm = (typeof unlistedAlgorithms)[number]

/** Seconds since the epoch, as tokens count. */
const now = () => Math.floor(Date.now() / 1000)

const createOpaque = () => randomBytes(32).toString('base64url')

const createKey = async (alg: string = 'ES256'): Promise<Key> => ({
  ...(await generateKeyPair(alg, { extractable: true })),
  kid: randomUUID(),
  alg,
})

/** Keys that every liar of this process shares: RSA takes its time. */
let shared: Promise<Key[]> | undefined

/**
 * Starts one on loopback; over HTTPS when it is given a pair. A server that
 * is started with its name and its client can then be lied to.
 */
export async function openLiar(
  pair?: { key: string; cert: string },
  port = 0,
): Promise<LyingIssuer> {
  shared ??= Promise.all(['RS256', 'ES384', 'ES512', 'EdDSA'].map(createKey))
  const [rsa, ...spare] = (await shared) as [Key, ...Key[]]
  const keys = [await createKey(), rsa]
  const foreign = await createKey()
  let algorithm: Algorithm = 'ES256'
  const hits = { keys: 0, introspection: 0, sink: 0, atOnce: 0 }
  const client = { id: 'office', secret: randomUUID() }
  const opaque = new Map<string, Claims>()
  /** How many questions about each token are open. */
  const open = new Map<string, number>()
  let published = [...keys]
  let down = false
  let delayMs = 0
  const own = () => keys.filter(({ alg }) => alg === algorithm)
  const newest = () => own().at(-1) as Key

  const publish = async (list: Key[]) => ({
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
  const answer: RequestListener = async (req, res) => {
    const say = (value: unknown, status = 200) => {
      res.writeHead(status, { 'Content-Type': 'application/json' })
      res.end(JSON.stringify(value))
    }
    const { pathname } = new URL(`${req.url}`, url)
    if (pathname === '/keys') hits.keys += 1
    if (pathname === '/introspect') hits.introspection += 1
    const token = new URLSearchParams(await readBody(req)).get('token')
    const asked = (open.get(`${token}`) ?? 0) + 1
    open.set(`${token}`, asked)
    if (token !== null) hits.atOnce = Math.max(hits.atOnce, asked)
    if (delayMs > 0) await setTimeout(delayMs)
    open.set(`${token}`, (open.get(`${token}`) ?? 1) - 1)
    if (pathname.startsWith('/.well-known/')) {
      return say({
        issuer: url,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        jwks_uri: `${url}/keys`,
        introspection_endpoint: `${url}/introspect`,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: algorithms,
      })
    }
    if (pathname === '/sink') {
      hits.sink += 1
      return say(await publish([foreign]))
    }
    if (down) return say({ error: 'temporarily_unavailable' }, 503)
    if (pathname === '/keys')
      return say(await publish([...published, ...spare]))
    if (pathname !== '/introspect') return say({ error: 'not_found' }, 404)
    const basic = Buffer.from(`${client.id}:${client.secret}`)
    if (req.headers.authorization !== `Basic ${basic.toString('base64')}`) {
      return say({ error: 'invalid_client' }, 401)
    }
    say(opaque.get(`${token}`) ?? { active: false })
  }
  const server = pair ? createTlsServer(pair, answer) : createServer(answer)
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const { port: bound } = server.address() as AddressInfo
  const url = pair ? `https://localhost:${bound}` : `http://127.0.0.1:${bound}`

  const honest = (changes: Claims): Claims => ({
    iss: url,
    sub: 'guardcheck',
    client_id: 'guardcheck',
    iat: now(),
    exp: now() + 300,
    jti: randomUUID(),
    ...changes,
  })
  const sign = (
    key: Key,
    claims: Claims,
    header: Partial<JWTHeaderParameters> = {},
  ) =>
    new SignJWT(JSON.parse(JSON.stringify(honest(claims))))
      .setProtectedHeader({
        alg: key.alg,
        typ: 'at+jwt',
        kid: key.kid,
        ...header,
      })
      .sign(key.privateKey, { crit: { 'urn:guardcheck:unknown': true } })
  const forge: LyingIssuer['forge'] = (header, claims, hmacKey) => {
    const part = (value: object) =>
      Buffer.from(JSON.stringify(value)).toString('base64url')
    const signed = `${part(header)}.${part(honest(claims))}`
    if (hmacKey === undefined) return `${signed}.`
    const mac = createHmac('sha256', hmacKey).update(signed)
    return `${signed}.${mac.digest('base64url')}`
  }
  const signUnlisted: LyingIssuer['signUnlisted'] = async (alg, claims) => {
    const key = spare.find((it) => it.alg === alg) ?? rsa
    if (key.alg === alg) return sign(key, claims)
    const pkcs8 = await exportPKCS8(key.privateKey)
    const privateKey = await importPKCS8(pkcs8, alg)
    return sign({ ...key, privateKey, alg }, claims)
  }
  const makers: Record<LieName, (claims: Claims) => Promise<string>> = {
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
  return {
    url,
    client,
    hits,
    scope: '',
    get algorithm() {
      return algorithm
    },
    set algorithm(chosen) {
      algorithm = chosen
    },
    mint: (claims, header) => sign(newest(), claims, header),
    lie: (name, claims) => makers[name](claims),
    signUnlisted,
    forge,
    async publicKeyForms() {
      const { publicKey } = newest()
      const pem = await exportSPKI(publicKey)
      const jwk = await exportJWK(publicKey)
      const body = pem.replace(/-----[^-]+-----|\s/g, '')
      return {
        'the public key as PEM': pem,
        'the public key as PEM, with the end of its line': `${pem}\n`,
        'the public key as DER': Buffer.from(body, 'base64'),
        'the public key as JWK': JSON.stringify(jwk),
        'the public key as it is published': JSON.stringify(
          (await publish([newest()])).keys[0],
        ),
      }
    },
    issueOpaque(claims, token = createOpaque()) {
      opaque.set(token, { active: true, ...honest(claims) })
      return token
    },
    neverIssued: createOpaque,
    revokeOpaque(token) {
      opaque.delete(token)
    },
    async rotate() {
      keys.push(await createKey(algorithm))
      published = [...keys]
    },
    withdraw() {
      published = keys.filter((it) => it.alg !== algorithm || it === newest())
    },
    mintWithOld: (claims) => sign(own()[0] as Key, claims),
    setDown(is) {
      down = is
    },
    setDelay(ms) {
      delayMs = ms
    },
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function readBody(req: IncomingMessage): Promise<string> {
  let body = ''
  for await (const piece of req) body += piece
  return body
}

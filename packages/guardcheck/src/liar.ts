import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose'
import type { Text } from './property.ts'

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>

/** A signing key under the name by which it is published. */
interface Key extends KeyPair {
  kid: string
  alg: string
}

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
  /** Signs what an honest token for `aud` says, but for the changes. */
  mint(claims: Claims, header?: Partial<JWTHeaderParameters>): Promise<string>
  /** Makes a token that does one of the lies. */
  lie(name: LieName, claims: Claims): Promise<string>
  /** A token that says nothing: what is told of it when asked. */
  issueOpaque(claims: Claims): string
  /** Has a new key sign; the ones before stay published. */
  rotate(): Promise<void>
  /** Publishes the newest key only. */
  withdraw(): void
  /** Signs as if the newest key had never been made. */
  mintWithOld(claims: Claims): Promise<string>
  /** Whether its keys and its word cannot be had. */
  setDown(down: boolean): void
  /** How often it was asked for each so far. */
  hits: { keys: number; introspection: number; sink: number }
  close(): Promise<void>
}

/** What each lie is, in a sentence. */
export const lies = {
  'wrong-audience': {
    en: 'a genuine token that is meant for another server',
    ja: '本物だが、別のサーバーを宛先とするトークン',
  },
  'wrong-issuer': {
    en: 'a token that names another issuer',
    ja: '別の発行者を名乗るトークン',
  },
  'id-token': {
    en: 'an ID token, which says who signed in and opens nothing',
    ja: 'IDトークン。誰がログインしたかを示すだけで、何も許可しない',
  },
  expired: {
    en: 'a token that ended two minutes ago',
    ja: '2分前に期限が切れたトークン',
  },
  'not-yet-valid': {
    en: 'a token that begins in five minutes',
    ja: '5分後に有効になるトークン',
  },
  'no-expiry': {
    en: 'a token that never ends',
    ja: '期限のないトークン',
  },
  none: {
    en: 'a token that says that it is signed with none',
    ja: '署名なし（none）と名乗るトークン',
  },
  'hmac-with-public-key': {
    en: 'a token signed with HS256, with the public key as the shared secret',
    ja: '公開鍵を共通鍵に見立て、HS256で署名したトークン',
  },
  'own-key': {
    en: "a token signed with somebody's own key, under the issuer's key id",
    ja: '発行者の鍵IDをかたり、自分の鍵で署名したトークン',
  },
  'unlisted-algorithm': {
    en: 'a token signed with an algorithm that nobody agreed on',
    ja: '取り決めのないアルゴリズムで署名したトークン',
  },
  'embedded-key': {
    en: 'a token that brings the key it was signed with along',
    ja: '署名に使った鍵を自分で持参するトークン',
  },
  'key-url': {
    en: 'a token that says where its key is to be fetched',
    ja: '鍵の取得先を自分で指定するトークン',
  },
  'certificate-url': {
    en: 'a token that says where its certificate is to be fetched',
    ja: '証明書の取得先を自分で指定するトークン',
  },
  'unknown-extension': {
    en: 'a token that demands an extension nobody knows',
    ja: '誰も知らない拡張を必須とするトークン',
  },
  'unknown-key': {
    en: 'a token signed with a key that was never published',
    ja: '公開されたことのない鍵で署名したトークン',
  },
  'path-as-key': {
    en: 'a token whose key id is a path in the file system',
    ja: '鍵IDがファイルシステムのパスになっているトークン',
  },
} satisfies Record<string, Text>

export type LieName = keyof typeof lies

/** Milliseconds since the epoch, in the seconds of a token. */
const now = () => Math.floor(Date.now() / 1000)

const createKey = async (alg = 'ES256'): Promise<Key> => ({
  ...(await generateKeyPair(alg, { extractable: true })),
  kid: randomUUID(),
  alg,
})

/** Starts one on loopback; over HTTPS when it is given a pair. */
export async function openLiar(
  pair?: { key: string; cert: string },
  port = 0,
): Promise<LyingIssuer> {
  const keys = [await createKey()]
  const foreign = await createKey()
  const hits = { keys: 0, introspection: 0, sink: 0 }
  const client = { id: 'office', secret: randomUUID() }
  const opaque = new Map<string, Claims>()
  let published = keys
  let down = false
  const newest = () => keys.at(-1) as Key

  const publish = async (list: Key[]) => ({
    keys: await Promise.all(
      list.map(async ({ publicKey, kid, alg }) => ({
        ...(await exportJWK(publicKey)),
        kid,
        alg,
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
        id_token_signing_alg_values_supported: ['ES256'],
      })
    }
    if (pathname === '/sink') {
      hits.sink += 1
      return say(await publish([foreign]))
    }
    if (pathname === '/keys') hits.keys += 1
    if (pathname === '/introspect') hits.introspection += 1
    if (down) return say({ error: 'temporarily_unavailable' }, 503)
    if (pathname === '/keys') return say(await publish(published))
    if (pathname !== '/introspect') return say({ error: 'not_found' }, 404)
    const basic = Buffer.from(`${client.id}:${client.secret}`)
    if (req.headers.authorization !== `Basic ${basic.toString('base64')}`) {
      return say({ error: 'invalid_client' }, 401)
    }
    const token = new URLSearchParams(await readBody(req)).get('token')
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
  /** What a library would refuse to make. */
  const assemble = (header: object, claims: Claims, key?: string) => {
    const part = (value: object) =>
      Buffer.from(JSON.stringify(value)).toString('base64url')
    const signed = `${part(header)}.${part(honest(claims))}`
    const mac = key && createHmac('sha256', key).update(signed)
    return `${signed}.${mac ? mac.digest('base64url') : 'x'}`
  }
  const makers: Record<LieName, (claims: Claims) => Promise<string>> = {
    'wrong-audience': (claims) =>
      sign(newest(), { ...claims, aud: 'https://other.example/mcp' }),
    'wrong-issuer': (claims) =>
      sign(newest(), { ...claims, iss: 'https://other.example' }),
    'id-token': (claims) =>
      sign(newest(), { ...claims, scope: undefined }, { typ: 'JWT' }),
    expired: (claims) =>
      sign(newest(), { ...claims, iat: now() - 420, exp: now() - 120 }),
    'not-yet-valid': (claims) =>
      sign(newest(), { ...claims, nbf: now() + 300 }),
    'no-expiry': (claims) => sign(newest(), { ...claims, exp: undefined }),
    none: async (claims) => assemble({ alg: 'none', typ: 'at+jwt' }, claims),
    'hmac-with-public-key': async (claims) => {
      const { kid, publicKey } = newest()
      const header = { alg: 'HS256', typ: 'at+jwt', kid }
      return assemble(header, claims, await exportSPKI(publicKey))
    },
    'own-key': (claims) => sign(foreign, claims, { kid: newest().kid }),
    'unlisted-algorithm': async (claims) => {
      const key = await createKey('ES384')
      published = [...published, key]
      return sign(key, claims)
    },
    'embedded-key': async (claims) => {
      const jwk = await exportJWK(foreign.publicKey)
      return sign(foreign, claims, { jwk, kid: newest().kid })
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
    'path-as-key': (claims) =>
      sign(foreign, claims, { kid: '../../../../dev/null' }),
  }
  return {
    url,
    client,
    hits,
    mint: (claims, header) => sign(newest(), claims, header),
    lie: (name, claims) => makers[name](claims),
    issueOpaque(claims) {
      const token = randomUUID().replaceAll('-', '') + randomUUID()
      opaque.set(token, { active: true, ...honest(claims) })
      return token
    },
    async rotate() {
      keys.push(await createKey())
      published = [...keys]
    },
    withdraw() {
      published = [newest()]
    },
    mintWithOld: (claims) => sign(keys[0] as Key, claims),
    setDown(is) {
      down = is
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

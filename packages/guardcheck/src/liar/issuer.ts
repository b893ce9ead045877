import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { JWTHeaderParameters } from 'jose'
import { type Algorithm, createKeyRing, formsOf, type Key } from './key-ring.ts'
import type { LieName } from './lies.ts'
import {
  type Claims,
  createLies,
  createMint,
  type UnlistedAlgorithm,
} from './mint.ts'
import { createAnswer, type Word } from './server.ts'

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

const createOpaque = () => randomBytes(32).toString('base64url')

/**
 * Starts one on loopback; over HTTPS when it is given a pair. A server that
 * is started with its name and its client can then be lied to.
 */
export async function openLiar(
  pair?: { key: string; cert: string },
  port = 0,
): Promise<LyingIssuer> {
  const keys = await createKeyRing()
  const word: Word = {
    url: '',
    client: { id: 'office', secret: randomUUID() },
    opaque: new Map(),
    hits: { keys: 0, introspection: 0, sink: 0, atOnce: 0 },
    down: false,
    delayMs: 0,
  }
  const answer = createAnswer(word, keys)
  const server = pair ? createTlsServer(pair, answer) : createServer(answer)
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const { port: bound } = server.address() as AddressInfo
  const url = pair ? `https://localhost:${bound}` : `http://127.0.0.1:${bound}`
  word.url = url
  const mint = createMint(url, keys)
  const { sign, forge, signUnlisted, honest } = mint
  const makers = createLies(url, keys, mint)
  return {
    url,
    client: word.client,
    hits: word.hits,
    scope: '',
    get algorithm() {
      return keys.algorithm
    },
    set algorithm(chosen) {
      keys.algorithm = chosen
    },
    mint: (claims, header) => sign(keys.newest(), claims, header),
    lie: (name, claims) => makers[name](claims),
    signUnlisted,
    forge,
    publicKeyForms: () => formsOf(keys.newest()),
    issueOpaque(claims, token = createOpaque()) {
      word.opaque.set(token, { active: true, ...honest(claims) })
      return token
    },
    neverIssued: createOpaque,
    revokeOpaque(token) {
      word.opaque.delete(token)
    },
    rotate: keys.rotate,
    withdraw: keys.withdraw,
    mintWithOld: (claims) => sign(keys.own()[0] as Key, claims),
    setDown(down) {
      word.down = down
    },
    setDelay(ms) {
      word.delayMs = ms
    },
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

import type { IncomingMessage, RequestListener } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { algorithms, type KeyRing, publish } from './key-ring.ts'
import type { Claims } from './mint.ts'

/** What it says of itself and of tokens, and how it was asked. */
export interface Word {
  url: string
  client: { id: string; secret: string }
  /** Tokens that say nothing, and what is told of each. */
  opaque: Map<string, Claims>
  hits: { keys: number; introspection: number; sink: number; atOnce: number }
  /** Whether its keys and its word cannot be had. */
  down: boolean
  /** Milliseconds that each of its answers takes. */
  delayMs: number
}

/** Answers as an authorization server does, and counts what is asked. */
export function createAnswer(word: Word, keys: KeyRing): RequestListener {
  /** How many questions about each token are open. */
  const open = new Map<string, number>()
  const { hits } = word
  return async (req, res) => {
    const say = (value: unknown, status = 200) => {
      res.writeHead(status, { 'Content-Type': 'application/json' })
      res.end(JSON.stringify(value))
    }
    const { pathname } = new URL(`${req.url}`, word.url)
    if (pathname === '/keys') hits.keys += 1
    if (pathname === '/introspect') hits.introspection += 1
    const token = new URLSearchParams(await readBody(req)).get('token')
    const asked = (open.get(`${token}`) ?? 0) + 1
    open.set(`${token}`, asked)
    if (token !== null) hits.atOnce = Math.max(hits.atOnce, asked)
    if (word.delayMs > 0) await setTimeout(word.delayMs)
    open.set(`${token}`, (open.get(`${token}`) ?? 1) - 1)
    if (pathname.startsWith('/.well-known/')) return say(describe(word.url))
    if (pathname === '/sink') {
      hits.sink += 1
      return say(await publish([keys.foreign]))
    }
    if (word.down) return say({ error: 'temporarily_unavailable' }, 503)
    if (pathname === '/keys') return say(await publish(keys.published()))
    if (pathname !== '/introspect') return say({ error: 'not_found' }, 404)
    const basic = Buffer.from(`${word.client.id}:${word.client.secret}`)
    if (req.headers.authorization !== `Basic ${basic.toString('base64')}`) {
      return say({ error: 'invalid_client' }, 401)
    }
    say(word.opaque.get(`${token}`) ?? { active: false })
  }
}

/** The metadata of an authorization server (RFC 8414 §2). */
const describe = (url: string) => ({
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

async function readBody(req: IncomingMessage): Promise<string> {
  let body = ''
  for await (const piece of req) body += piece
  return body
}

import cors from 'cors'
import type { Request, RequestHandler, Response } from 'express'
import { ipKeyGenerator, MemoryStore, type Options } from 'express-rate-limit'
import { compile } from 'proxy-addr'
import { refuse } from './refusals.ts'

/** By what name, from where and how often one may knock. */
export type Edge = ReturnType<typeof readEdge>

/** @throws {Error} which names the variable that is wrong */
export function readEdge(env: NodeJS.ProcessEnv, port: number) {
  const list = (text = '') => text.split(/[\s,]+/).filter(Boolean)
  const given = env.PUBLIC_URL || (port ? `https://localhost:${port}/mcp` : '')
  const publicUrl = new URL(URL.canParse(given) ? given : 'data:')
  const { protocol, origin, pathname } = publicUrl
  if (protocol !== 'https:' || origin + pathname !== given) {
    throw new Error('PUBLIC_URL must be like https://mcp.example.com/mcp.')
  }
  const origins = list(env.ALLOWED_ORIGINS)
  if (!origins.every((it) => URL.canParse(it) && new URL(it).origin === it)) {
    throw new Error('ALLOWED_ORIGINS must be like https://app.example.com.')
  }
  const guesses = Number(env.GUESSES_PER_MINUTE || 20)
  if (!Number.isInteger(guesses) || guesses < 1) {
    throw new Error('GUESSES_PER_MINUTE must be a whole number from 1.')
  }
  try {
    const proxies = compile(list(env.TRUSTED_PROXY))
    return { publicUrl, origins, proxies, guesses }
  } catch {
    throw new Error('TRUSTED_PROXY must be an address or range of addresses.')
  }
}

/** Refuses what came in plain, or by a name that others let point here. */
export function checkHost({ publicUrl }: Edge): RequestHandler {
  return (req, res, next) => {
    const [host = '', ...others] = req.headersDistinct.host ?? []
    if (others.length > 0) return refuse(res, 400, -32600, 'Send one Host.')
    // A target that names a host goes before the header (RFC 9112 §3.2.2).
    const [, named = host] = /^\w+:\/\/([^/?#]*)/.exec(req.url) ?? []
    const idle = /\.?(:443)?$|\.(?=:)/
    const names = [host, named].map((it) => it.replace(idle, '').toLowerCase())
    if (names.some((it) => it !== publicUrl.host)) {
      return refuse(res, 403, -32600, 'Nothing is served by that name.')
    }
    if (req.secure && !req.get('X-Forwarded-Proto')?.includes(',')) next()
    else refuse(res, 403, -32600, 'Only what came over HTTPS is served.')
  }
}

/** Refuses web pages that are not listed; lets listed ones read answers. */
export function checkOrigin({ origins }: Edge): RequestHandler {
  const exposedHeaders = ['WWW-Authenticate', 'Mcp-Session-Id', 'X-Request-Id']
  const allow = cors({ origin: origins, methods: 'POST', exposedHeaders })
  return (req, res, next) => {
    const { origin } = req.headers
    if (origin === undefined) return next()
    if (origins.includes(origin)) return allow(req, res, next)
    refuse(res, 403, -32600, 'That Origin is not allowed here.')
  }
}

/** Slows guessing down, by address: 429 to who is wrong too often. */
export function throttle({ guesses }: Edge) {
  const store = new MemoryStore()
  store.init({ windowMs: 60_000 } as Options)
  return async (req: Request, res: Response, isGuess: boolean) => {
    const key = ipKeyGenerator(`${req.ip}`.replace(/^([\d.]+):\d+$/, '$1'))
    const hits = await (isGuess ? store.increment(key) : store.get(key))
    if ((hits?.totalHits ?? 0) < guesses + Number(isGuess)) return
    res.set('Retry-After', '60')
    const error = new Error('Too many credentials were wrong.')
    throw Object.assign(error, { status: 429, expose: true })
  }
}

/** Says that the server is up, and nothing else. */
export const health: RequestHandler = (_req, res) => {
  res.type('text').send('ok\n')
}

import { isIP } from 'node:net'
import cors from 'cors'
import type { RequestHandler, Response } from 'express'
import { rateLimit } from 'express-rate-limit'
import { refuse } from './mcp.ts'

/** By what name, from where and how often one may knock. */
export interface Edge {
  /** The exact URL that clients use: tokens must be meant for it. */
  publicUrl: URL
  /** Origins of the web pages that may call. */
  origins: string[]
  /** Addresses of the reverse proxies that are believed. */
  proxies: string[]
  /** Refused credentials that one address has in a minute. */
  guesses: number
}

/** @throws {Error} which names the variable that is wrong */
export function readEdge(env: NodeJS.ProcessEnv, port: number): Edge {
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
  const proxies = list(env.TRUSTED_PROXY)
  if (!proxies.every((it) => isIP(it.replace(/\/\d+$/, '')))) {
    throw new Error('TRUSTED_PROXY must be an address or range of addresses.')
  }
  const guesses = Number(env.GUESSES_PER_MINUTE || 20)
  if (!Number.isInteger(guesses) || guesses < 1) {
    throw new Error('GUESSES_PER_MINUTE must be a whole number from 1.')
  }
  return { publicUrl, origins, proxies, guesses }
}

/** Refuses names that others have let point here (DNS rebinding). */
export function checkHost({ publicUrl }: Edge): RequestHandler {
  return (req, res, next) => {
    const [host, ...others] = req.headersDistinct.host ?? []
    if (host === publicUrl.host && others.length === 0) return next()
    if (others.length > 0) return turnAway(res, 400, 'Send one Host.')
    turnAway(res, 403, 'Nothing is served by that name.')
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
    turnAway(res, 403, 'That Origin is not allowed here.')
  }
}

/** Slows guessing down: counts by address, and only what the guard refuses. */
export function throttle({ guesses }: Edge): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: guesses,
    standardHeaders: false,
    legacyHeaders: false,
    // What a caller sends is nothing to complain about in our log.
    validate: false,
    handler(_req, res) {
      res.set('Retry-After', '60')
      turnAway(res, 429, 'Too many credentials were wrong.')
    },
  })
}

const { npm_package_version: version = '1.0.0' } = process.env

/** Says that the server is up, since when, and which one it is. */
export const health: RequestHandler = (_req, res) => {
  const uptime = Math.floor(process.uptime())
  res.json({ status: 'ok', version, node: process.version, uptime })
}

/** Refuses before the body was read, which then never will be. */
function turnAway(res: Response, status: number, message: string): void {
  res.set({ 'Cache-Control': 'no-store', Connection: 'close' })
  refuse(res, status, -32600, message)
}

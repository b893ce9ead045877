import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type { Request, RequestHandler, Response } from 'express'
import { turnAway } from './refusals.ts'

/** Who is calling, whatever the secret was. */
export interface Caller {
  name: string
  scopes: string[]
  /** Seconds since the epoch; absent when the token never expires. */
  expiresAt?: number
}

/** Counts a guess, or throws at one too many; what it answers takes it back. */
export type Guess = () => Promise<() => unknown>

/** Says who holds `secret`; what others are asked for that is a guess. */
export type Verify = (secret: string, by?: Guess) => Promise<Caller | undefined>

/** Where a client gets a token, and for which scope (RFC 9728 §5.1). */
export type Hints = (scope?: string) => string

/** Lets a request pass only with a bearer token that `verify` knows. */
export function requireBearer(
  verify: Verify,
  hints: Hints,
  throttle: (req: Request, res: Response) => ReturnType<Guess>,
): RequestHandler {
  return async (req, res, next) => {
    res.set('Cache-Control', 'no-store')
    if (!credentialsOf(req).some(isBearer)) return challenge(res, 401, hints())
    const guess = () => throttle(req, res)
    const refuse = (status: number, error: string) =>
      guess().then(() => challenge(res, status, hints(), error))
    const secret = readSecret(req)
    if (!secret) return refuse(400, 'invalid_request')
    const caller = await verify(secret, guess)
    if (!caller) return refuse(401, 'invalid_token')
    const { name: clientId, scopes, expiresAt } = caller
    const auth: AuthInfo = { token: '', clientId, scopes, expiresAt }
    keepSecret(req)
    Object.assign(req, { auth })
    next()
  }
}

/** The secret in the one Bearer credential of a request (RFC 6750 §2.1). */
export function readSecret(req: Request): string | undefined {
  const [credential = '', ...others] = credentialsOf(req)
  if (others.length > 0) return undefined
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(credential)?.[1]
}

/** Every line: `req.headers` keeps the first and hides the others. */
const credentialsOf = (req: Request) => req.headersDistinct.authorization ?? []

const isBearer = (credential: string) => /^Bearer( |$)/i.test(credential)

/** The secret stays at the door: no tool can leak it or pass it on. */
function keepSecret(req: Request): void {
  delete req.headers.authorization
  delete req.headersDistinct.authorization
  // From these the SDK tells tools of the request: let it read the same.
  req.rawHeaders = Object.entries(req.headers).flat().map(String)
}

/** Refuses; whoever sent no credential is told no error (RFC 6750 §3.1). */
export function challenge(
  res: Response,
  status: number,
  hints: string,
  error?: string,
): void {
  const reason = error ? `, error="${error}"` : ''
  res.set('WWW-Authenticate', `Bearer realm="mcp"${reason}${hints}`)
  turnAway(res, status, { error: error ?? 'unauthorized' })
}

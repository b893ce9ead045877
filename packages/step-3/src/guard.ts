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

/** Throws when whoever calls has guessed too often. */
export type Admit = () => Promise<void>

/** Says who holds `secret`; asks others about it only for whom `by` admits. */
export type Verify = (secret: string, by?: Admit) => Promise<Caller | undefined>

/** Where a client gets a token, and for which scope (RFC 9728 §5.1). */
export type Hints = (scope?: string) => string

/** Lets a request pass only with a bearer token that `verify` knows. */
export function requireBearer(
  verify: Verify,
  hints: Hints,
  limit: (req: Request, res: Response, isGuess: boolean) => Promise<void>,
): RequestHandler {
  return async (req, res, next) => {
    res.set('Cache-Control', 'no-store')
    if (!credentialsOf(req).some(isBearer)) return challenge(res, 401, hints())
    const refuse = (status: number, error: string) =>
      limit(req, res, true).then(() => challenge(res, status, hints(), error))
    const secret = readSecret(req)
    if (!secret) return refuse(400, 'invalid_request')
    const caller = await verify(secret, () => limit(req, res, false))
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

/** The secret stays at the door: no tool is given it. */
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

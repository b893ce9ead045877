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

/** Says who holds `secret`; undefined when nobody does. */
export type Verify = (secret: string) => Promise<Caller | undefined>

/** Lets a request pass only with a bearer token that `verify` knows. */
export function requireBearer(verify: Verify): RequestHandler {
  return async (req, res, next) => {
    res.set('Cache-Control', 'no-store')
    if (!credentialsOf(req).some(isBearer)) return challenge(res, 401)
    const secret = readSecret(req)
    if (!secret) return challenge(res, 400, 'invalid_request')
    const caller = await verify(secret)
    if (!caller) return challenge(res, 401, 'invalid_token')
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
function challenge(res: Response, status: number, error?: string): void {
  const reason = error ? `, error="${error}"` : ''
  res.set('WWW-Authenticate', `Bearer realm="mcp"${reason}`)
  turnAway(res, status, { error: error ?? 'unauthorized' })
}

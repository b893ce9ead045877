import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type { Request, RequestHandler, Response } from 'express'

/** Who is calling, whatever the secret was. */
export interface Caller {
  name: string
  scopes: string[]
  /** Seconds since the epoch; absent when the token never expires. */
  expiresAt?: number
}

/** Says who holds `secret`; undefined when nobody does. */
export type Verify = (secret: string) => Promise<Caller | undefined>

/** Where a client may get a token, and one with which scope (RFC 9728 §5.1). */
export interface Hints {
  resource_metadata?: string
  scope?: string
}

/** Lets a request pass only with a bearer token that `verify` knows. */
export function requireBearer(
  verify: Verify,
  hints: Hints,
  throttle: RequestHandler,
): RequestHandler {
  return async (req, res, next) => {
    res.set('Cache-Control', 'no-store')
    if (!credentialsOf(req).some(isBearer)) return challenge(res, 401, hints)
    const refuse = (status: number, error: string) =>
      throttle(req, res, () => challenge(res, status, hints, error))
    const secret = readSecret(req)
    if (!secret) return refuse(400, 'invalid_request')
    const caller = await verify(secret)
    if (!caller) return refuse(401, 'invalid_token')
    const { name: clientId, scopes, expiresAt } = caller
    // The secret stays at the door: no tool can leak it or pass it on.
    const auth: AuthInfo = { token: '', clientId, scopes, expiresAt }
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

/** Refuses; whoever sent no credential is told no error (RFC 6750 §3.1). */
export function challenge(
  res: Response,
  status: number,
  hints: Hints,
  error?: string,
): void {
  const params = { realm: 'mcp', ...(error && { error }), ...hints }
  const pairs = Object.entries(params).map(
    ([name, text]) => `${name}="${text}"`,
  )
  res.set('WWW-Authenticate', `Bearer ${pairs.join(', ')}`)
  const body = JSON.stringify({ error: error ?? 'unauthorized' })
  res.status(status).type('json').set('Content-Length', `${body.length}`)
  if (Number(res.req.get('Content-Length')) < 65_536) return void res.end(body)
  // A large body stays unread, and who is sending it has time to read this.
  res.req.socket.pause()
  res.set('Connection', 'close').write(body)
  setTimeout(() => res.end(), 500)
}

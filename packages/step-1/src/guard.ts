import type { RequestHandler, Response } from 'express'

/** Who holds a secret, as the tools see it (`authInfo.clientId`). */
export interface Caller {
  name: string
  scopes: string[]
  /** Seconds since the epoch; absent when the token does not expire. */
  expiresAt?: number
}

/** Decides who holds `secret`: nobody when the answer is undefined. */
export type Verify = (secret: string) => Promise<Caller | undefined>

/** Lets a request pass only with a bearer token that `verify` knows. */
export function requireBearer(verify: Verify): RequestHandler {
  return async (req, res, next) => {
    res.set('Cache-Control', 'no-store')
    // Node joins or drops repeated headers; here each line is seen.
    const credentials = req.headersDistinct.authorization ?? []
    if (!credentials.some(isBearer)) return challenge(res, 401)
    const secret = credentials.length === 1 && readSecret(credentials[0])
    if (!secret) return challenge(res, 400, 'invalid_request')
    const caller = await verify(secret)
    if (!caller) return challenge(res, 401, 'invalid_token')
    // The secret stays at the door: no tool can pass it on.
    const { name: clientId, scopes, expiresAt } = caller
    Object.assign(req, { auth: { token: '', clientId, scopes, expiresAt } })
    next()
  }
}

const isBearer = (credential: string) => /^Bearer( |$)/i.test(credential)

/** The secret in a Bearer credential, by its grammar (RFC 6750 §2.1). */
function readSecret(credential = ''): string | undefined {
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(credential)?.[1]
}

/** Refuses; without a credential no error is named (RFC 6750 §3.1). */
function challenge(res: Response, status: number, error?: string): void {
  const reason = error ? `, error="${error}"` : ''
  res.set('WWW-Authenticate', `Bearer realm="mcp"${reason}`)
  // Nothing that is left of the body is worth reading.
  res.set('Connection', 'close')
  res.status(status).json({ error: error ?? 'unauthorized' })
}

import type { Office } from '@guard-up/office'
import express, {
  type ErrorRequestHandler,
  type Express,
  type RequestHandler,
} from 'express'
import { audit } from './audit.ts'
import { checkHost, checkOrigin, type Edge, health, throttle } from './edge.ts'
import { readSecret, requireBearer, type Verify } from './guard.ts'
import { isMinted } from './keys.ts'
import { refuse, serveMcp } from './mcp.ts'
import { metadataUrl, serveMetadata } from './metadata.ts'
import type { OAuth } from './oauth.ts'
import { firstScope, requireScope } from './scopes.ts'
import { stayOnTls } from './tls.ts'
import type { TokenStore } from './tokens.ts'

/** The routes in order. `Express` is the whole server: nothing else answers. */
export function createApp(
  office: Office,
  edge: Edge,
  tokens?: TokenStore,
  oauth?: OAuth,
): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('trust proxy', edge.proxies)
  app.use(audit)
  app.get('/healthz', health)
  app.use(checkHost(edge))
  const verify = verifyWith(tokens, oauth)
  const resource_metadata = metadataUrl(edge.publicUrl)
  const hints = oauth ? { resource_metadata, scope: firstScope } : {}
  if (oauth) app.use(serveMetadata(edge.publicUrl, oauth.issuer, !tokens))
  app.use('/mcp', checkOrigin(edge))
  app.use('/mcp', requireBearer(verify, hints, throttle(edge)), cutOff(verify))
  app.post('/mcp', express.json({ limit: '1mb' }), requireScope(hints))
  app.post('/mcp', stayOnTls, serveMcp(office))
  app.all('/mcp', refuseMethod)
  app.use(refusePath)
  app.use(refuseError)
  return app
}

/** Named tokens have a form of their own: any other is the issuer's. */
function verifyWith(tokens?: TokenStore, oauth?: OAuth): Verify {
  return async (secret) => {
    const named = tokens && (isMinted(secret) || !oauth)
    return named ? tokens.verify(secret) : oauth?.verify(secret)
  }
}

/** Asks again while an answer is open: its caller may lose the token. */
function cutOff(verify: Verify): RequestHandler {
  return (req, res, next) => {
    const timer = setInterval(async () => {
      const caller = await verify(readSecret(req) ?? '').catch(() => undefined)
      if (!caller) res.destroy()
    }, 500)
    res.on('close', () => clearInterval(timer))
    next()
  }
}

/** No session to resume or end, so only POST is served (RFC 9110 §15.5.6). */
const refuseMethod: RequestHandler = (_req, res) => {
  res.set('Allow', 'POST')
  refuse(res, 405, -32600, 'Only POST is served here.')
}

/** A clean 404 tells clients that no OAuth is offered at `/.well-known/*`. */
const refusePath: RequestHandler = (_req, res) => {
  refuse(res, 404, -32600, 'Nothing is served here: MCP is at /mcp.')
}

/** Answers without a stack; what the caller did not cause goes to stderr. */
const refuseError: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent) return next(error)
  const status: number = error.status ?? 500
  if (status >= 500) {
    console.error(error)
    return refuse(res, status, -32603, 'Something went wrong on the server.')
  }
  // What is left of the body is not worth reading.
  res.set('Connection', 'close')
  if (error.type === 'entity.parse.failed') {
    return refuse(res, status, -32700, 'The body is not JSON.')
  }
  refuse(res, status, -32600, error.expose ? error.message : 'Refused.')
}

import type { Office } from '@guard-up/office'
import express, { type Express, type RequestHandler } from 'express'
import { audit } from './audit.ts'
import { checkHost, checkOrigin, type Edge, health, throttle } from './edge.ts'
import { type Hints, readSecret, requireBearer, type Verify } from './guard.ts'
import { isMinted } from './keys.ts'
import { serveMcp } from './mcp.ts'
import { readMessage } from './message.ts'
import { metadataUrl, serveMetadata } from './metadata.ts'
import type { OAuth } from './oauth.ts'
import { refuseError, refuseMethod, refusePath } from './refusals.ts'
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
  app.use(audit, stayOnTls)
  app.get('/healthz', health)
  app.use(checkHost(edge))
  // Named tokens have a form of their own: any other is the issuer's.
  const verify: Verify = async (secret, admit) =>
    tokens && (isMinted(secret) || !oauth)
      ? tokens.verify(secret)
      : oauth?.verify(secret, admit)
  const where = `, resource_metadata="${metadataUrl(edge.publicUrl)}"`
  const hints: Hints = (scope = oauth && firstScope) =>
    (oauth ? where : '') + (scope ? `, scope="${scope}"` : '')
  if (oauth) app.use(serveMetadata(edge.publicUrl, oauth.issuer, !tokens))
  app.use('/mcp', checkOrigin(edge))
  app.use('/mcp', cutOff(verify, requireBearer(verify, hints, throttle(edge))))
  app.post('/mcp', readMessage, requireScope(hints), serveMcp(office))
  app.all('/mcp', refuseMethod)
  app.use(refusePath)
  app.use(refuseError)
  return app
}

/** Asks again while an answer is open: its caller may lose the token. */
function cutOff(verify: Verify, guard: RequestHandler): RequestHandler {
  return (req, res, next) => {
    const secret = readSecret(req) ?? ''
    return guard(req, res, () => {
      const timer = setInterval(async () => {
        // Node tells no `close` of an answer that waits behind another one.
        if (req.socket.destroyed) return clearInterval(timer)
        const caller = await verify(secret).catch(() => undefined)
        if (!caller) req.socket.destroy()
      }, 500)
      res.on('close', () => clearInterval(timer))
      next()
    })
  }
}

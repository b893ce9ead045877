import type { Office } from '@guard-up/office'
import express, { type Express, type RequestHandler } from 'express'
import { audit } from './audit.ts'
import { readSecret, requireBearer, type Verify } from './guard.ts'
import { serveMcp } from './mcp.ts'
import { readMessage } from './message.ts'
import { refuseError, refuseMethod, refusePath } from './refusals.ts'
import type { TokenStore } from './tokens.ts'

/** The routes in order. `Express` is the whole server: nothing else answers. */
export function createApp(office: Office, { verify }: TokenStore): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.use(audit)
  app.use('/mcp', cutOff(verify, requireBearer(verify)))
  app.post('/mcp', readMessage, serveMcp(office))
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

import type { Office } from '@guard-up/office'
import express, { type Express, type RequestHandler } from 'express'
import { requireBearer } from './guard.ts'
import { refuse, serveMcp } from './mcp.ts'
import { verify } from './tokens.ts'

/** The routes in order. `Express` is the whole server: nothing else answers. */
export function createApp(office: Office): Express {
  const app = express()
  app.use('/mcp', requireBearer(verify))
  app.post('/mcp', express.json({ limit: '1mb' }), serveMcp(office))
  app.all('/mcp', refuseMethod)
  app.use(refusePath)
  return app
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

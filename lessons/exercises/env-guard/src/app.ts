import type { Office } from '@guard-up/office'
import { serveMcp } from '@guard-up/step-0/src/mcp.ts'
import express, { type Express, type RequestHandler } from 'express'

/** Holes in it on purpose: the lesson of step 1 shows three of them. */
const checkToken: RequestHandler = (req, res, next) => {
  if (req.path !== '/mcp') return next()
  const token = req.headers.authorization?.split(' ')[1]
  if (token === process.env.MCP_TOKEN) return next()
  res.status(401).json({ error: 'unauthorized' })
}

/** The server of step 0 behind those six lines. */
export function createApp(office: Office): Express {
  const app = express()
  app.use(express.json())
  app.use(checkToken)
  app.post('/mcp', serveMcp(office))
  return app
}

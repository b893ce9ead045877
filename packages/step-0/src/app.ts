import type { Office } from '@guard-up/office'
import express, { type Express } from 'express'
import { serveMcp } from './mcp.ts'
import { readMessage } from './message.ts'
import { refuseError, refuseMethod, refusePath } from './refusals.ts'

/** The routes in order. `Express` is the whole server: nothing else answers. */
export function createApp(office: Office): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.post('/mcp', readMessage, serveMcp(office))
  app.all('/mcp', refuseMethod)
  app.use(refusePath)
  app.use(refuseError)
  return app
}

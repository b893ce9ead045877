import { serve } from '@hono/node-server'
import { createMcpHonoApp } from '@modelcontextprotocol/hono'
import { bearerAuth } from 'hono/bearer-auth'
import { createHandler } from './modern.js'
import { findCaller } from './verifier.js'

const handler = createHandler()
const app = createMcpHonoApp()
app.use(
  '/mcp',
  bearerAuth({ verifyToken: (token) => findCaller(token) !== undefined }),
)
app.all('/mcp', (c) =>
  handler.fetch(c.req.raw, { parsedBody: c.get('parsedBody') }),
)
serve({
  fetch: app.fetch,
  port: Number(process.env.PORT),
  hostname: '127.0.0.1',
})

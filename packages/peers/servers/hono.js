import { StreamableHTTPTransport } from '@hono/mcp'
import { serve } from '@hono/node-server'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { Hono } from 'hono'
import { bearerAuth } from 'hono/bearer-auth'
import { z } from 'zod'
import { findCaller } from './verifier.js'

const createServer = () => {
  const server = new McpServer({ name: 'hono', version: '1.0.0' })
  server.registerTool(
    'add',
    { description: 'Adds.', inputSchema: { a: z.number(), b: z.number() } },
    ({ a, b }) => ({ content: [{ type: 'text', text: `${a + b}` }] }),
  )
  return server
}

const app = new Hono()
app.use(
  '/mcp',
  bearerAuth({ verifyToken: (token) => findCaller(token) !== undefined }),
)
app.all('/mcp', async (c) => {
  const transport = new StreamableHTTPTransport()
  await createServer().connect(transport)
  return transport.handleRequest(c)
})
serve({
  fetch: app.fetch,
  port: Number(process.env.PORT),
  hostname: '127.0.0.1',
})

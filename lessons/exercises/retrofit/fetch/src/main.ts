import { serve } from '@hono/node-server'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { openTokens } from './env.ts'
import { admit } from './fetch.ts'

function createServer() {
  const server = new McpServer({ name: 'demo', version: '1.0.0' })
  server.registerTool(
    'add',
    { inputSchema: { a: z.number(), b: z.number() } },
    async ({ a, b }) => ({ content: [{ type: 'text', text: `${a + b}` }] }),
  )
  return server
}

const { verify } = openTokens(process.env)
const app = new Hono()

app.use('/mcp', async (c, next) => {
  const caller = await admit(c.req.header('Authorization'), verify)
  if (caller instanceof Response) return caller
  await next()
  c.header('Cache-Control', 'no-store')
})

const limit = bodyLimit({
  maxSize: 1024 * 1024,
  onError: (c) => c.json({}, 413, { Connection: 'close' }),
})
app.post('/mcp', limit, async (c) => {
  const parsedBody = await c.req.json().catch(() => undefined)
  if (!parsedBody || Array.isArray(parsedBody)) return c.json({}, 400)
  const server = createServer()
  const transport = new WebStandardStreamableHTTPServerTransport({
    enableJsonResponse: true,
  })
  await server.connect(transport)
  return transport.handleRequest(c.req.raw, { parsedBody })
})
app.all('/mcp', (c) => c.json({}, 405, { Allow: 'POST' }))
app.onError((_error, c) => c.json({}, 500))

const port = Number(process.env.PORT ?? 3000)
serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, () => {
  console.log(`http://127.0.0.1:${port}/mcp`)
})

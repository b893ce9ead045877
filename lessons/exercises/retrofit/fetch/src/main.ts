import { createServer as createHttpServer } from 'node:http'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
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
const app = new Hono<{ Bindings: HttpBindings }>()

app.use('/mcp', async (c, next) => {
  const caller = await admit(c.req.header('Authorization'), verify)
  if (caller instanceof Response) return caller
  // Who asked first is told only now to send the body (RFC 9110 §10.1.1).
  if (c.req.header('Expect')) c.env.outgoing.writeContinue()
  await next()
  c.header('Cache-Control', 'no-store')
})

const limit = bodyLimit({
  maxSize: 1024 * 1024,
  onError: (c) => c.json({}, 413, { Connection: 'close' }),
})
app.post('/mcp', limit, async (c) => {
  const parsedBody = Object(await c.req.json().catch(() => undefined))
  if (typeof parsedBody.method !== 'string') return c.json({}, 400)
  const server = createServer()
  const transport = new WebStandardStreamableHTTPServerTransport({
    enableJsonResponse: true,
  })
  await server.connect(transport)
  // The secret stays at the door: the SDK gives tools the headers it finds.
  const headers = new Headers(c.req.raw.headers)
  headers.delete('Authorization')
  const request = new Request(c.req.url, { method: 'POST', headers })
  return transport.handleRequest(request, { parsedBody })
})
app.all('/mcp', (c) => c.json({}, 405, { Allow: 'POST' }))
app.onError((_error, c) => c.json({}, 500))

const listener = getRequestListener(app.fetch)
const http = createHttpServer(listener)
// Node frames a body by every header line, and would show only the first.
http.maxHeadersCount = 0
http.on('checkContinue', listener)
const port = Number(process.env.PORT ?? 3000)
http.listen(port, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${port}/mcp`)
})

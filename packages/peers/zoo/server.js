import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { hostHeaderValidation } from '@modelcontextprotocol/sdk/server/middleware/hostHeaderValidation.js'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express from 'express'
import { guards } from './guards.js'

const { GUARD = '', PORT } = process.env
const guard = guards[GUARD]
if (!guard) throw new Error(`GUARD names no guard: ${GUARD}`)

const createServer = () => {
  const server = new McpServer({ name: 'zoo', version: '1.0.0' })
  server.registerTool('stamp', { description: 'Stamps.' }, () => {
    console.error('stamped')
    return { content: [{ type: 'text', text: 'stamped' }] }
  })
  return server
}

const serve = async (req, res) => {
  const server = createServer()
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: undefined,
    enableJsonResponse: true,
  })
  res.on('close', () => {
    transport.close()
    server.close()
  })
  await server.connect(transport)
  await transport.handleRequest(req, res, req.body)
}

const app = express()
app.disable('x-powered-by')
if (GUARD !== 'any-host') {
  app.use(hostHeaderValidation(['127.0.0.1', 'localhost']))
}
// It looks into the body, as people do who guard by method.
if (GUARD === 'calls-only') app.use(express.json())
if (GUARD === 'after-the-route') app.post('/mcp', express.json(), serve)
app.use('/mcp', guard)
app.post('/mcp', express.json(), serve)
app.all('/mcp', (_req, res) => {
  res.status(405).set('Allow', 'POST').json({ error: 'method not allowed' })
})

if (GUARD === 'sse-beside') {
  const transports = new Map()
  app.get('/sse', async (_req, res) => {
    const transport = new SSEServerTransport('/messages', res)
    transports.set(transport.sessionId, transport)
    res.on('close', () => transports.delete(transport.sessionId))
    await createServer().connect(transport)
  })
  app.post('/messages', express.json(), async (req, res) => {
    const transport = transports.get(req.query.sessionId)
    if (!transport) return res.status(404).end()
    return transport.handlePostMessage(req, res, req.body)
  })
}

// A refusal has been sent already where a handler goes on after it.
app.use((_error, _req, res, _next) => {
  if (!res.headersSent) res.status(400).json({ error: 'bad request' })
})
app.listen(Number(PORT), '127.0.0.1')

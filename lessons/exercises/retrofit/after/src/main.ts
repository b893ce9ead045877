import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import cors from 'cors'
import express from 'express'
import { z } from 'zod'
import { audit } from './audit.ts'
import { openTokens } from './env.ts'
import { requireBearer } from './guard.ts'
import { readMessage } from './message.ts'
import { refuseError, refuseMethod } from './refusals.ts'

function createServer() {
  const server = new McpServer({ name: 'demo', version: '1.0.0' })
  server.registerTool(
    'add',
    { inputSchema: { a: z.number(), b: z.number() } },
    async ({ a, b }) => ({ content: [{ type: 'text', text: `${a + b}` }] }),
  )
  return server
}

const app = express()
app.disable('x-powered-by')
app.use(cors())
app.use('/mcp', audit, requireBearer(openTokens(process.env).verify))
app.post('/mcp', readMessage)

app.post('/mcp', async (req, res) => {
  const server = createServer()
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: undefined,
  })
  res.on('close', () => {
    transport.close()
    server.close()
  })
  await server.connect(transport)
  await transport.handleRequest(req, res, req.body)
})
app.all('/mcp', refuseMethod)
app.use(refuseError)

const port = Number(process.env.PORT ?? 3000)
const http = app.listen(port, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${port}/mcp`)
})
// Node frames a body by every header line, and would show only the first.
http.maxHeadersCount = 0
http.on('checkContinue', app)

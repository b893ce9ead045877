import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express from 'express'
import { z } from 'zod'
import { expiresAt, findCaller } from './verifier.js'

const createServer = () => {
  const server = new McpServer({ name: 'v1-express', version: '1.0.0' })
  server.registerTool(
    'add',
    { description: 'Adds.', inputSchema: { a: z.number(), b: z.number() } },
    ({ a, b }) => ({ content: [{ type: 'text', text: `${a + b}` }] }),
  )
  return server
}

const verifier = {
  async verifyAccessToken(token) {
    const caller = findCaller(token)
    if (!caller) throw new InvalidTokenError('unknown token')
    const { clientId } = caller
    return { token, clientId, scopes: [], expiresAt: expiresAt() }
  },
}

const app = express()
app.use('/mcp', requireBearerAuth({ verifier }))
app.post('/mcp', express.json(), async (req, res) => {
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
app.all('/mcp', (_req, res) => {
  res.status(405).set('Allow', 'POST').json({ error: 'method not allowed' })
})
app.listen(Number(process.env.PORT), '127.0.0.1')

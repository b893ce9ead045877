import { randomBytes } from 'node:crypto'
import type { Office } from '@guard-up/office'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js'
import type { RequestHandler, Response } from 'express'
import { registerTools } from './tools.ts'

/** An MCP server that offers the office's tools and nothing else. */
export function createMcp(office: Office): McpServer {
  const server = new McpServer({ name: 'office', version: '1.0.0' })
  registerTools(server, office)
  return server
}

/** Open conversations by their id, the oldest first. */
type Sessions = Map<string, StreamableHTTPServerTransport>

const maxSessions = 100

/** Serves every client in a session of its own. */
export function serveMcp(office: Office): RequestHandler {
  const sessions: Sessions = new Map()
  return async (req, res) => {
    // The SDK still runs arrays, for the one revision (2025-03-26) that had
    // them; each would pass a gate that reads one method per request.
    if (Array.isArray(req.body)) {
      return refuse(res, 400, -32600, 'Send one JSON-RPC message at a time.')
    }
    const id = req.get('Mcp-Session-Id')
    const known = id ? sessions.get(id) : undefined
    if (id && !known) return refuse(res, 404, -32001, 'No such session.')
    if (known && req.method === 'DELETE') {
      sessions.delete(`${req.headers['Mcp-Session-Id']}`)
      res.status(204).end()
      return
    }
    if (!known && !isInitializeRequest(req.body)) {
      return refuse(res, 400, -32600, 'Send initialize first.')
    }
    const transport = known ?? (await openSession(office, sessions))
    await transport.handleRequest(req, res, req.body)
  }
}

/** Opens a session; when there are too many, the oldest ends. */
async function openSession(
  office: Office,
  sessions: Sessions,
): Promise<StreamableHTTPServerTransport> {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomBytes(32).toString('base64url'),
    enableJsonResponse: true,
    onsessioninitialized: async (id) => {
      sessions.set(id, transport)
      const [oldest] = sessions.values()
      if (sessions.size > maxSessions) await oldest?.close()
    },
  })
  transport.onclose = () => sessions.delete(`${transport.sessionId}`)
  await createMcp(office).connect(transport)
  return transport
}

/** Answers a JSON-RPC error by the id of what was read (JSON-RPC 2.0 §5). */
export function refuse(
  res: Response,
  status: number,
  code: number,
  message: string,
): void {
  const { id = null } = Object(res.req.body)
  const error = { code, message }
  res.status(status).json({ jsonrpc: '2.0', error, id })
}

import type { Office } from '@guard-up/office'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { RequestHandler, Response } from 'express'
import { registerTools } from './tools.ts'

/** An MCP server that offers the office's tools and nothing else. */
export function createMcp(office: Office): McpServer {
  const server = new McpServer({ name: 'office', version: '1.0.0' })
  registerTools(server, office)
  return server
}

/** Answers one MCP message and forgets the caller: no session to steal. */
export function serveMcp(office: Office): RequestHandler {
  return async (req, res) => {
    // The SDK still runs arrays, for the one revision (2025-03-26) that had
    // them; each would pass a gate that reads one method per request.
    if (Array.isArray(req.body)) {
      return refuse(res, 400, -32600, 'Send one JSON-RPC message at a time.')
    }
    const server = createMcp(office)
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: undefined,
      enableJsonResponse: true,
    })
    res.on('close', () => server.close())
    await server.connect(transport)
    await transport.handleRequest(req, res, req.body)
  }
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

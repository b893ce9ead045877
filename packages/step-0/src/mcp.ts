import type { Office } from '@guard-up/office'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { RequestHandler } from 'express'
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
    const server = createMcp(office)
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: undefined,
      enableJsonResponse: true,
    })
    // Nothing goes on for who has left; to an answer that waits behind another
    // one, Node does not tell it.
    const leave = () => void (res.closed || res.emit('close'))
    req.socket.setMaxListeners(0).on('close', leave)
    res.on('close', () => {
      req.socket.off('close', leave)
      server.close()
    })
    await server.connect(transport)
    await transport.handleRequest(req, res, req.body)
  }
}

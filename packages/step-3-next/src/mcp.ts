import type { Office } from '@guard-up/office'
import {
  NodeStreamableHTTPServerTransport,
  toNodeHandler,
  toWebRequest,
} from '@modelcontextprotocol/node'
import {
  createMcpHandler,
  isLegacyRequest,
  McpServer,
} from '@modelcontextprotocol/server'
import type { RequestHandler } from 'express'
import onHeaders from 'on-headers'
import { registerTools } from './tools.ts'

/** An MCP server that offers the office's tools and nothing else. */
export function createMcp(office: Office): McpServer {
  // The tools never change: a stream that would tell of it ends at once.
  const capabilities = { tools: { listChanged: false } }
  const info = { name: 'office', version: '1.0.0' }
  const server = new McpServer(info, { capabilities })
  registerTools(server, office)
  return server
}

/** Answers one MCP message and forgets the caller: no session to steal. */
export function serveMcp(office: Office): RequestHandler {
  const handler = createMcpHandler(() => createMcp(office), {
    // By itself it answers older clients with a stream, and such an answer
    // replaces the `no-store` of the guard: theirs are answered below.
    legacy: 'reject',
  })
  const serveNext = toNodeHandler(handler)
  return async (req, res) => {
    // Nothing goes on for who has left; to an answer that waits behind another
    // one, Node does not tell it.
    const leave = () => void (res.closed || res.emit('close'))
    req.socket.setMaxListeners(0).on('close', leave)
    res.on('close', () => req.socket.off('close', leave))
    // A stream of its own would take the place of the guard's `no-store`.
    onHeaders(res, () => void res.set('Cache-Control', 'no-store'))
    const request = await toWebRequest(req, null)
    const isLegacy = await isLegacyRequest(request, req.body)
    if (!isLegacy) return serveNext(req, res, req.body)
    const server = createMcp(office)
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: undefined,
      enableJsonResponse: true,
    })
    res.on('close', () => server.close())
    await server.connect(transport)
    await transport.handleRequest(req, res, req.body)
  }
}

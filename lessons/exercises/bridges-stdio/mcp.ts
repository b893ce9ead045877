import { fileURLToPath } from 'node:url'
import type { Office } from '@guard-up/office'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import {
  isJSONRPCRequest,
  JSONRPCMessageSchema,
  type RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import type { RequestHandler, Response } from 'express'
import { registerTools } from './tools.ts'

/** An MCP server that offers the office's tools and nothing else. */
export function createMcp(office: Office): McpServer {
  const server = new McpServer({ name: 'office', version: '1.0.0' })
  registerTools(server, office)
  return server
}

/** Puts the stdio server on HTTP: one process, started once, for everybody. */
export function serveMcp(_office: Office): RequestHandler {
  const script = fileURLToPath(new URL('./stdio.ts', import.meta.url))
  const server = new StdioClientTransport({
    command: process.execPath,
    args: ['--import', 'tsx', script],
    env: { ...(process.env as Record<string, string>) },
  })
  const waiting = new Map<RequestId, Response>()
  server.onmessage = (message) => {
    if (!('id' in message) || message.id === undefined) return
    waiting.get(message.id)?.json(message)
    waiting.delete(message.id)
  }
  const started = server.start()
  return async (req, res) => {
    const { data: message } = JSONRPCMessageSchema.safeParse(req.body)
    if (!message) return refuse(res, 400, -32600, 'Send one JSON-RPC message.')
    if (isJSONRPCRequest(message)) waiting.set(message.id, res)
    else res.status(202).end()
    await started
    await server.send(message)
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

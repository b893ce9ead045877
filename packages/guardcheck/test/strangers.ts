import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type Dialect, statelessDialect } from '../src/probe/dialect.ts'

/** A request as a stranger got it. */
export interface Received {
  method: string
  target: string
  headers: IncomingMessage['headers']
  body: string
}

/** A server that is none of ours, and all that it was sent. */
export interface Stranger {
  url: URL
  received: Received[]
  /** Bytes that came in, heads and bodies. */
  bytes(): number
  stop(): Promise<void>
}

/** Starts a server on loopback that answers as it is told to. */
export async function startStranger(
  answer: RequestListener,
  path = '/mcp',
): Promise<Stranger> {
  const received: Received[] = []
  const sockets = new Set<Socket>()
  let ended = 0
  const server = createServer((req, res) => {
    const { method = '', url: target = '', headers } = req
    const request = { method, target, headers, body: '' }
    received.push(request)
    req.on('data', (chunk) => {
      if (request.body.length < 64 * 1024) request.body += chunk
    })
    answer(req, res)
  })
  // Every line counts: from the 2,000th on Node would drop them.
  server.maxHeadersCount = 0
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      ended += socket.bytesRead
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: new URL(`http://127.0.0.1:${port}${path}`),
    received,
    bytes: () =>
      [...sockets].reduce((sum, { bytesRead }) => sum + bytesRead, ended),
    async stop() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** How a stranger that speaks MCP does it. */
export interface Manners {
  dialect: Dialect
  /** The one secret that opens it; anybody is let in without. */
  secret?: string
  /** Milliseconds that it takes for an answer. */
  delayMs?: number
  /** A header that a gateway before it wants to see. */
  gateway?: [name: string, value: string]
  /** What is wrong with it, for a change. */
  hole?: 'any-secret' | 'open-inbox' | 'open-beside'
}

/** What a stranger says to a message; undefined where it knows no answer. */
function reply({ revision, way }: Dialect, method: string): object | undefined {
  if (method === 'tools/list') return { tools: [{ name: 'stamp' }] }
  if (method === 'tools/call') return { content: [] }
  if (way === 'stateless') {
    return method === 'server/discover'
      ? { supportedVersions: [revision], capabilities: { tools: {} } }
      : undefined
  }
  if (method === 'ping') return {}
  const serverInfo = { name: 'stranger', version: '1.0.0' }
  return method === 'initialize'
    ? { protocolVersion: revision, capabilities: { tools: {} }, serverInfo }
    : undefined
}

/**
 * A server that is right and strict: it refuses what its revision does not
 * know, and messages without the header lines that it wants.
 */
export function speak(manners: Manners): RequestListener {
  const { dialect, secret, delayMs = 0, gateway, hole } = manners
  const streams = new Map<string, ServerResponse>()
  const end = (res: ServerResponse, status: number, body = '') =>
    res.writeHead(status, { 'Cache-Control': 'no-store' }).end(body)
  const endJson = (res: ServerResponse, status: number, body: object) =>
    res
      .writeHead(status, {
        'Content-Type': 'application/json',
        'Cache-Control': 'no-store',
      })
      .end(JSON.stringify(body))
  const endRpc = (res: ServerResponse, status: number, error: string) =>
    endJson(res, status, {
      jsonrpc: '2.0',
      id: null,
      error: { code: -32600, message: error },
    })

  const opens = (req: IncomingMessage) => {
    if (secret === undefined) return true
    if (hole === 'any-secret') return req.headers.authorization !== undefined
    const lines = req.headersDistinct.authorization ?? []
    const [, given] = /^Bearer +([\w.~+/-]+=*)$/i.exec(lines[0] ?? '') ?? []
    return lines.length === 1 && given === secret
  }

  const serve = (
    req: IncomingMessage,
    res: ServerResponse,
    text: string,
    stream?: ServerResponse,
  ) => {
    let message: Record<string, unknown>
    try {
      message = Object(JSON.parse(text))
    } catch {
      return endRpc(res, 400, 'no JSON')
    }
    const { id, method } = message
    const fits = ['undefined', 'string', 'number'].includes(typeof id)
    if (typeof method !== 'string' || !fits) {
      return endRpc(res, 400, 'no message')
    }
    const header = (name: string) => req.headers[name]
    const version = header('mcp-protocol-version')
    const named = version ?? (method === 'initialize' ? dialect.revision : '')
    if (dialect.way === 'initialize' && named !== dialect.revision) {
      return endRpc(res, 400, `unsupported version ${version}`)
    }
    if (dialect.way === 'stateless') {
      if (version !== dialect.revision) {
        return endRpc(res, 400, `unsupported version ${version}`)
      }
      if (header('mcp-method') !== method) {
        return endRpc(res, 400, 'Mcp-Method is missing or another')
      }
      const { name, _meta } = Object(message.params)
      if (name !== undefined && header('mcp-name') !== name) {
        return endRpc(res, 400, 'Mcp-Name is missing or another')
      }
      if (!_meta?.['io.modelcontextprotocol/protocolVersion']) {
        return endRpc(res, 400, 'no _meta')
      }
    }
    if (id === undefined) return end(res, 202)
    const result = reply(dialect, method)
    const answer = result
      ? { jsonrpc: '2.0', id, result }
      : { jsonrpc: '2.0', id, error: { code: -32601, message: 'unknown' } }
    if (!stream) return endJson(res, result ? 200 : 404, answer)
    stream.write(`event: message\ndata: ${JSON.stringify(answer)}\n\n`)
    return end(res, 202)
  }

  /** Reads a body that is not too long, of the one content type. */
  const read = (
    req: IncomingMessage,
    res: ServerResponse,
    done: (text: string) => void,
  ) => {
    const refuse = (status: number) => {
      res.setHeader('Connection', 'close')
      end(res, status)
    }
    if (!/^application\/json/.test(req.headers['content-type'] ?? '')) {
      return refuse(415)
    }
    if (req.headers['content-encoding']) return refuse(415)
    let text = ''
    req.on('data', (chunk) => {
      text += chunk
      if (text.length > 1e6 && !res.headersSent) refuse(413)
    })
    req.on('end', () => {
      if (!res.headersSent) setTimeout(() => done(text), delayMs)
    })
  }

  return (req, res) => {
    const { pathname, searchParams } = new URL(`http://x${req.url}`)
    if (gateway && req.headers[gateway[0].toLowerCase()] !== gateway[1]) {
      return end(res, 403, '<h1>Forbidden</h1>')
    }
    const inbox = pathname.endsWith('/inbox')
    if (!/^(\/v1)?\/(mcp|inbox)$/.test(pathname)) return end(res, 404)
    if (hole === 'open-beside' && req.headers['mcp-method']) {
      return speak({ dialect: statelessDialect })(req, res)
    }
    if (!opens(req) && !(inbox && hole === 'open-inbox')) {
      const credential = /^Bearer /i.test(req.headers.authorization ?? '')
      const error = credential ? ', error="invalid_token"' : ''
      res.setHeader('WWW-Authenticate', `Bearer realm="stranger"${error}`)
      res.setHeader('Connection', 'close')
      return end(res, 401)
    }
    const notAllowed = (allowed: string) => {
      res.setHeader('Allow', allowed)
      return end(res, 405)
    }
    if (dialect.way !== 'stream') {
      if (inbox) return end(res, 404)
      if (req.method !== 'POST') return notAllowed('POST')
      return read(req, res, (text) => serve(req, res, text))
    }
    if (inbox) {
      if (req.method !== 'POST') return notAllowed('POST')
      const stream = streams.get(searchParams.get('id') ?? '')
      return stream
        ? read(req, res, (text) => serve(req, res, text, stream))
        : end(res, 404)
    }
    if (req.method !== 'GET') return notAllowed('GET')
    const id = crypto.randomUUID()
    streams.set(id, res)
    res.on('close', () => streams.delete(id))
    res.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
    })
    res.write(`event: endpoint\ndata: inbox?id=${id}\n\n`)
  }
}

import { type Agent, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** What goes over the wire: `headers` keeps order, case and repeats. */
export interface WireRequest {
  method: string
  /** The request target as it stands in the request line. */
  target: string
  headers: [name: string, value: string][]
  body?: string | undefined
  /** Sends the body in chunks, without a Content-Length. */
  chunked?: boolean | undefined
}

/** What came back; names of headers are in lower case. */
export interface WireResponse {
  status: number
  headers: [name: string, value: string][]
  body: string
}

/** One request as sent and what came of it. */
export interface Exchange {
  request: WireRequest
  response?: WireResponse
  /** What came instead of a response, in a word or two. */
  failure?: string
}

/** Bytes of a response's body that are read before the rest is dropped. */
const maxResponseBytes = 1024 * 1024

/** Sends one request on a connection of its own; follows no redirect. */
export function sendRequest(
  url: URL,
  request: WireRequest,
  options: {
    timeoutMs: number
    ca?: string | undefined
    /** Keeps the connection for the next request; one of its own without. */
    agent?: Agent | undefined
  },
): Promise<Exchange> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve) => {
    const fail = (failure: string) => resolve({ request, failure })
    const outgoing = send(
      {
        hostname: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port,
        method: request.method,
        path: request.target,
        headers: framed(url, request).flat(),
        agent: options.agent ?? false,
        ca: options.ca,
        timeout: options.timeoutMs,
      },
      (incoming) => {
        let body = ''
        const done = () => {
          clearTimeout(deadline)
          const { statusCode: status = 0, rawHeaders } = incoming
          const headers = pairs(rawHeaders)
          resolve({ request, response: { status, headers, body } })
          if (!options.agent || !incoming.complete) outgoing.destroy()
        }
        incoming.setEncoding('utf8')
        incoming.on('data', (chunk: string) => {
          body += chunk
          if (body.length > maxResponseBytes) done()
        })
        incoming.on('end', done)
        incoming.on('error', done)
        incoming.on('aborted', done)
      },
    )
    const deadline = setTimeout(() => {
      fail('timed out')
      outgoing.destroy()
    }, options.timeoutMs)
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(deadline)
      fail(error.code ?? error.message)
    })
    if (request.chunked) outgoing.write(request.body ?? '')
    outgoing.end(request.chunked ? undefined : request.body)
  })
}

/** Adds what HTTP/1.1 needs and the request does not name. */
function framed(url: URL, request: WireRequest): [string, string][] {
  const named = (name: string) =>
    request.headers.some(([key]) => key.toLowerCase() === name)
  const headers = [...request.headers]
  if (!named('host')) headers.unshift(['Host', url.host])
  if (request.body !== undefined) {
    if (request.chunked) headers.push(['Transfer-Encoding', 'chunked'])
    else if (!named('content-length')) {
      headers.push(['Content-Length', `${Buffer.byteLength(request.body)}`])
    }
  }
  return headers
}

/** What a connection said in answer to bytes that `fetch` would never send. */
export interface RawExchange {
  sent: string
  received: string
  /** The status of the first response; 0 when none came. */
  status: number
  /** Whether the server ended the connection within the time. */
  closed: boolean
}

/**
 * Sends bytes as they are and reads until the server ends the connection,
 * or until `timeoutMs` after the first response's head has come.
 */
export function sendBytes(
  url: URL,
  bytes: string | Buffer,
  options: {
    timeoutMs: number
    ca?: string | undefined
    until?: ((received: string) => boolean) | undefined
  },
): Promise<RawExchange> {
  const sent = bytes.toString('latin1')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  return new Promise((resolve) => {
    let received = ''
    let settled = false
    const settle = (closed: boolean) => {
      if (settled) return
      settled = true
      clearTimeout(deadline)
      socket.destroy()
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(received)?.[1] ?? 0)
      resolve({ sent, received, status, closed })
    }
    const socket =
      url.protocol === 'https:'
        ? connectTls({ host, port, ca: options.ca, servername: url.hostname })
        : connectTcp({ host, port })
    const deadline = setTimeout(() => settle(false), options.timeoutMs)
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      received += chunk
      if (received.length > maxResponseBytes) settle(false)
      if (options.until?.(received)) settle(false)
    })
    socket.on('close', () => settle(true))
    socket.on('error', () => settle(true))
    socket.write(bytes)
  })
}

/** Header lines as pairs, their names in lower case. */
function pairs(rawHeaders: string[]): [string, string][] {
  const headers: [string, string][] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    headers.push([rawHeaders[i]?.toLowerCase() ?? '', rawHeaders[i + 1] ?? ''])
  }
  return headers
}

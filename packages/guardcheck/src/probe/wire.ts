import { type Agent, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { connect as connectTcp, isIP } from 'node:net'
import { setImmediate, setTimeout as wait } from 'node:timers/promises'
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
export const maxResponseBytes = 1024 * 1024
/** Milliseconds that are listened to a stream that answers no request. */
const streamMs = 200

/**
 * Sends one request on a connection of its own; follows no redirect. Of an
 * event stream it reads up to the answer, or what comes within a moment.
 */
export function sendRequest(
  url: URL,
  request: WireRequest,
  options: {
    timeoutMs: number
    ca?: string | undefined
    signal?: AbortSignal | undefined
    /** Keeps the connection for the next request; one of its own without. */
    agent?: Agent | undefined
    /** The address of ours that it comes from; any when left out. */
    localAddress?: string | undefined
  },
): Promise<Exchange> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve) => {
    // Replaced as soon as a head has come: what follows it may never end.
    let fail = (failure: string) => resolve({ request, failure })
    const outgoing = send(
      {
        hostname: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port,
        method: request.method,
        path: request.target,
        headers: framed(url, request).flat(),
        agent: options.agent ?? false,
        localAddress: options.localAddress,
        ca: options.ca,
        timeout: options.timeoutMs,
        signal: options.signal,
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
        fail = done
        const type = incoming.headers['content-type'] ?? ''
        const streams = /^text\/event-stream/i.test(type)
        if (streams && request.method !== 'POST') setTimeout(done, streamMs)
        incoming.setEncoding('utf8')
        incoming.on('data', (chunk: string) => {
          body += chunk
          const answered = streams && /^data:.*"(result|error)".*\n/m.test(body)
          if (answered || body.length > maxResponseBytes) done()
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
    // Behind a string, Node would send the header lines in UTF-8 as well.
    const { body: text } = request
    const body = text === undefined ? undefined : Buffer.from(text)
    if (request.chunked) outgoing.write(body ?? '')
    outgoing.end(request.chunked ? undefined : body)
  })
}

/** Adds what HTTP/1.1 needs and the request does not name. */
export function framed(url: URL, request: WireRequest): [string, string][] {
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

/** Bytes to send as they are, at once or piece by piece. */
export type RawBytes =
  | string
  | Buffer
  | AsyncIterable<string | Buffer>
  | Iterable<Buffer>

/** What a connection said in answer to bytes that `fetch` would never send. */
export interface RawExchange {
  /** The beginning of it, when it was long. */
  sent: string
  /** How much it was in all. */
  sentBytes: number
  received: string
  /** The status of the first response; 0 when none came. */
  status: number
  /** Whether the server ended the connection within the time. */
  closed: boolean
  /** Whether it did, or said with its answer that it will. */
  ends: boolean
}

/** Characters that are kept of what was sent as it is. */
const maxSentKept = 64 * 1024

/**
 * Sends bytes as they are and reads until the server ends the connection,
 * until `timeoutMs` have passed, or until `graceMs` after `until` is true of
 * what was received. Pieces are sent only as long as nothing has come back.
 */
export function sendBytes(
  url: URL,
  bytes: RawBytes,
  options: {
    timeoutMs: number
    ca?: string | undefined
    until?: ((received: string) => boolean) | undefined
    /**
     * Milliseconds in which it may still end the connection, unless it says
     * that it will; 0 when left out.
     */
    graceMs?: number | undefined
    /** Goes as soon as the bytes are sent, or says that no more will come. */
    leave?: 'whole' | 'half' | undefined
  },
): Promise<RawExchange> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  return new Promise((resolve) => {
    let sent = ''
    let sentBytes = 0
    let received = ''
    let settled = false
    let grace: NodeJS.Timeout | undefined
    const settle = (closed: boolean) => {
      if (settled) return
      settled = true
      clearTimeout(deadline)
      clearTimeout(grace)
      socket.destroy()
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(received)?.[1] ?? 0)
      const ends = closed || isLast(received)
      resolve({ sent, sentBytes, received, status, closed, ends })
    }
    const socket =
      url.protocol === 'https:'
        ? connectTls({ host, port, ca: options.ca, servername: nameOf(url) })
        : connectTcp({ host, port })
    const deadline = setTimeout(() => settle(false), options.timeoutMs)
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      received += chunk
      if (received.length > maxResponseBytes) settle(false)
      if (grace || !options.until?.(received)) return
      const { graceMs = 0 } = options
      grace = setTimeout(() => settle(false), isLast(received) ? 0 : graceMs)
    })
    socket.on('close', () => settle(true))
    socket.on('error', () => settle(true))
    const write = (piece: string | Buffer) => {
      sentBytes += Buffer.byteLength(piece)
      if (sent.length < maxSentKept) sent += piece.toString('latin1')
      return socket.write(piece)
    }
    const writePieces = async (pieces: Exclude<RawBytes, string | Buffer>) => {
      for await (const piece of pieces) {
        if (settled || received) return
        write(piece)
        // An answer that came meanwhile is read before more is written: after
        // a failed write the socket would be gone, and the answer with it.
        while (socket.writableNeedDrain && !settled && !received) {
          await wait(1)
        }
        await setImmediate()
      }
    }
    if (typeof bytes === 'string' || Buffer.isBuffer(bytes)) write(bytes)
    else void writePieces(bytes)
    const { leave } = options
    if (leave) socket.end(() => leave === 'whole' && settle(false))
  })
}

/** The name that a TLS client asks for; none where the host is an address. */
export function nameOf({ hostname }: URL): string {
  return isIP(hostname.replace(/^\[|\]$/g, '')) ? '' : hostname
}

/** Whether the first response says that the connection ends with it. */
function isLast(received: string): boolean {
  const [head = ''] = received.split('\r\n\r\n')
  return /^connection:.*\bclose\b/im.test(head)
}

/** Header lines as pairs, their names in lower case. */
export function pairs(rawHeaders: string[]): [string, string][] {
  const headers: [string, string][] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    headers.push([rawHeaders[i]?.toLowerCase() ?? '', rawHeaders[i + 1] ?? ''])
  }
  return headers
}

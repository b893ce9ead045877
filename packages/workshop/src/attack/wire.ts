import { createRedactor, type Evidence, sendBytes } from 'guardcheck'

/** A tool call, and how it is sent when not as an honest client would. */
export interface Call {
  tool: string
  arguments: Record<string, unknown>
  /** The secret to present as `Authorization: Bearer …`; none if undefined. */
  secret?: string | undefined
  /** The path and query, when it is not the endpoint's own. */
  path?: string
  host?: string
  /** Where to connect, when something stands before the server. */
  port?: number
  headers?: [name: string, value: string][]
  /** Whether it goes without TLS, whatever the server speaks. */
  plain?: boolean
  /** Whether the call is put into a JSON array. */
  batch?: boolean
}

/** A line to one server, which keeps what went over it. */
export interface Wire {
  /** What passed so far, secrets redacted. */
  readonly exchanges: readonly Evidence[]
  /** The text that the tool gave, whatever the status; undefined if none. */
  call(call: Call): Promise<string | undefined>
}

/**
 * Milliseconds to wait for one answer: a busy machine takes its time over a
 * call with a secret, and silence is the answer to a call without TLS.
 */
const patience = { usual: 5000, withSecret: 20_000 }

/** Opens a line to the server at `url`; no secret is ever shown. */
export function openWire(
  { url, ca }: { url: URL; ca: string | undefined },
  ...secrets: (string | undefined)[]
): Wire {
  const exchanges: Evidence[] = []
  const redact = createRedactor(secrets)
  return {
    exchanges,
    async call(call) {
      const request = write(url, call)
      const way = new URL(url)
      if (call.port) way.port = `${call.port}`
      if (call.plain) way.protocol = 'http:'
      // The whole answer is there when the server ends the connection, as it
      // is asked to.
      const waits = call.secret && !call.plain && !call.port
      const timeoutMs = waits ? patience.withSecret : patience.usual
      const { received } = await sendBytes(way, request, { timeoutMs, ca })
      const answer = Buffer.from(received, 'latin1').toString()
      exchanges.push({ sent: redact(request), received: redact(answer) })
      return readText(bodyOf(answer))
    },
  }
}

/** One request, as it goes over the wire. */
function write(url: URL, call: Call): string {
  const message = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: call.tool, arguments: call.arguments },
  }
  const body = JSON.stringify(call.batch ? [message] : message)
  const headers = [
    ['Host', call.host ?? url.host],
    ...(call.headers ?? []),
    ...(call.secret ? [['Authorization', `Bearer ${call.secret}`]] : []),
    ['Accept', 'application/json, text/event-stream'],
    ['MCP-Protocol-Version', '2025-11-25'],
    ['Content-Type', 'application/json'],
    ['Content-Length', Buffer.byteLength(body)],
    ['Connection', 'close'],
  ]
  const lines = headers.map(([name, value]) => `${name}: ${value}`)
  const start = `POST ${call.path ?? url.pathname} HTTP/1.1`
  return `${[start, ...lines].join('\r\n')}\r\n\r\n${body}`
}

/** What follows the head of an HTTP message. */
export function bodyOf(message: string): string {
  const end = message.indexOf('\r\n\r\n')
  return end < 0 ? '' : message.slice(end + 4)
}

/** The text in a tool's result; undefined for an error or anything else. */
export function readText(body: string): string | undefined {
  try {
    const [answer] = [JSON.parse(body)].flat()
    if (answer.result.isError) return undefined
    return answer.result.content[0].text
  } catch {
    return undefined
  }
}

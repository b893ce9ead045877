/** How MCP is spoken with a server: the revision, and how messages travel. */
export interface Dialect {
  /** As it stands on the wire. */
  revision: string
  /**
   * `initialize` opens a conversation with a message of that name;
   * `stateless` says with each message who is speaking (2026-07-28);
   * `stream` posts messages to an inbox and hears the answers on a stream
   * that was opened before (HTTP+SSE, 2024-11-05).
   */
  way: 'initialize' | 'stateless' | 'stream'
}

/** A message as a check writes it, before it is put in a dialect. */
export interface Message {
  jsonrpc: '2.0'
  /** Absent in a notification. */
  id?: number | string
  method: string
  params?: Record<string, unknown>
}

/** What most clients begin with, and nearly every server speaks. */
export const usualDialect: Dialect = {
  revision: '2025-11-25',
  way: 'initialize',
}

/** Messages that carry, each, all that a server has to know. */
export const statelessDialect: Dialect = {
  revision: '2026-07-28',
  way: 'stateless',
}

/** A stream and an inbox: what there was before Streamable HTTP. */
export const streamDialect: Dialect = {
  revision: '2024-11-05',
  way: 'stream',
}

const clientInfo = { name: 'guardcheck', version: '1.0.0' }

/** The message that opens a conversation; servers answer it to anyone. */
export function initializeMessage(
  id: number | string = 1,
  { revision }: Dialect = usualDialect,
): Message {
  const params = { protocolVersion: revision, capabilities: {}, clientInfo }
  return { jsonrpc: '2.0', id, method: 'initialize', params }
}

/**
 * What is sent for a message in a dialect. Without `initialize` there is no
 * `ping` either: `server/discover` stands for both, which is as harmless.
 */
export function translate(dialect: Dialect, message: unknown): unknown {
  if (Array.isArray(message)) {
    return message.map((one) => translate(dialect, one))
  }
  if (dialect.way !== 'stateless' || !isMessage(message)) return message
  const silent = ['initialize', 'ping'].includes(message.method)
  const method = silent ? 'server/discover' : message.method
  const { _meta, ...params } =
    message.method === 'initialize' ? {} : { ...message.params }
  const who = {
    'io.modelcontextprotocol/protocolVersion': dialect.revision,
    'io.modelcontextprotocol/clientInfo': clientInfo,
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const meta = { ...who, ...Object(_meta) }
  return { ...message, method, params: { ...params, _meta: meta } }
}

/** The header lines that a dialect wants beside a message, or beside none. */
export function headersFor(
  { way, revision }: Dialect,
  message: unknown,
): [name: string, value: string][] {
  const opens = isMessage(message) && message.method === 'initialize'
  // Which revision it will be is agreed upon by that message.
  if (opens || way === 'stream') return []
  const headers: [string, string][] = [['MCP-Protocol-Version', revision]]
  if (way !== 'stateless' || !isMessage(message)) return headers
  headers.push(['Mcp-Method', headerValue(message.method)])
  const { name, uri } = message.params ?? {}
  const named = name ?? uri
  if (typeof named === 'string') headers.push(['Mcp-Name', headerValue(named)])
  return headers
}

/** A string as a header may hold it: encoded unless it is plain ASCII. */
function headerValue(text: string): string {
  const plain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text)
  return plain && !/^=\?base64\?.*\?=$/i.test(text)
    ? text
    : `=?base64?${Buffer.from(text).toString('base64')}?=`
}

/** Whether a value is a message that asks or tells something. */
export function isMessage(value: unknown): value is Message {
  return (
    typeof value === 'object' &&
    value !== null &&
    'method' in value &&
    typeof value.method === 'string'
  )
}

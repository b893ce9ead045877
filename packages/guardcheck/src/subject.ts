import type { Agent } from 'node:http'
import type { Authority } from './authority.ts'
import type { Person } from './browser.ts'
import type { Certificate } from './certificate.ts'
import type { Keys } from './keys.ts'
import type { LyingIssuer } from './liar.ts'
import type { StartedProcess } from './process.ts'
import { NotApplicable } from './property.ts'
import { createRedactor } from './redact.ts'
import {
  type Exchange,
  type RawBytes,
  type RawExchange,
  sendBytes,
  sendRequest,
  type WireRequest,
  type WireResponse,
} from './wire.ts'

/** A tool call whose effect can be counted from outside. */
export interface Effect {
  /** The tool that has it, and arguments that it accepts. */
  name: string
  arguments: Record<string, unknown>
  /** How often it has happened so far. */
  count(): Promise<number>
  /** Whom it was written down for, the last one last. */
  callers?(): Promise<string[]>
}

/** A tool that reads what lies at a path. */
export interface Reader {
  name: string
  arguments(path: string): Record<string, unknown>
}

/** A tool that asks another server. */
export interface Upstream {
  name: string
  arguments: Record<string, unknown>
  /** Every request that the other server has got, whole. */
  received(): string[]
}

/** The authorization server of a subject, and who we can be there. */
export interface IssuerHold {
  /** Its name, exactly as tokens say it. */
  issuer: string
  /** PEM of a private certificate authority. */
  ca?: string | undefined
  /** A public client, and where its browser is sent back to. */
  clientId?: string | undefined
  redirectUri?: string | undefined
  /** Another public client with the same redirect URI. */
  otherClientId?: string | undefined
  /** Another resource that it gives tokens for. */
  otherResource?: string | undefined
  /** Somebody who can sign in. */
  person?: Person | undefined
  /** What they may let a client do; the first alone is less. */
  scopes: string[]
  /** Who may ask it about tokens for this subject. */
  introspection?: { id: string; secret: string } | undefined
  /** Starts one like it that takes registrations. */
  startRegistering?(): Promise<StartedAuthority>
  /** Runs with one like it that reads client documents of this machine. */
  documents?(
    work: (started: {
      open(): Promise<Authority>
      documents: Documents
    }) => Promise<void>,
  ): Promise<void>
}

/** A hold on a client there, and on somebody who can sign in. */
export interface SignInHold extends IssuerHold {
  clientId: string
  redirectUri: string
  person: Person
}

/** An authorization server that was started for one check. */
export interface StartedAuthority {
  open(): Promise<Authority>
  stop(): Promise<void>
}

/** Where client documents are served from. */
export interface Documents {
  url(path: string): string
  /** Puts an answer at a path, and gives its URL. */
  put(
    path: string,
    answer: { status?: number; headers?: Record<string, string>; body: string },
  ): string
}

/** A running server under test: where it is, and what we hold of it. */
export interface SubjectOptions {
  url: URL
  /** A valid secret of one caller. */
  token?: string | undefined
  /** A valid secret of another caller. */
  secondToken?: string | undefined
  /** Secrets that were good once: expired, revoked, for another audience. */
  deadTokens?: string[] | undefined
  /** Header lines that every request needs to get there. */
  headers?: [name: string, value: string][] | undefined
  /** PEM of a private certificate authority. */
  ca?: string | undefined
  /** The bytes of a body that the server still reads; 4 MiB when not told. */
  maxBodyBytes?: number | undefined
  /** Milliseconds to wait for one answer. */
  timeoutMs?: number | undefined
  /** Set only when the user named the tool: nothing else is ever called. */
  effect?: Effect | undefined
  /** The same for a tool that reads files. */
  reader?: Reader | undefined
  /** The server's tokens, when we may replace them. */
  keys?: Keys | undefined
  /** The authorization server that it trusts, when that one is ours. */
  liar?: LyingIssuer | undefined
  /** A tool that asks another server, and what that one was sent. */
  upstream?: Upstream | undefined
  /** The authorization server that it trusts, when we can sign in there. */
  issuer?: IssuerHold | undefined
  /** The origin of a web page that may call the server. */
  origin?: string | undefined
  /** The path at which the server says that it is up. */
  health?: string | undefined
  /** The server's certificate, when we may replace it. */
  certificate?: Certificate | undefined
  /** What makes a server that is started again throttle as it comes. */
  throttle?: Record<string, string | undefined> | undefined
  /** The server's process, when we started it. */
  process?: StartedProcess | undefined
  /** Whether floods and slow clients are allowed. */
  intrusive?: boolean | undefined
}

/** A request in the words of a check; what is left out is filled in. */
export interface Probe {
  /** `POST` when left out. */
  method?: string
  /** The target when it is not the endpoint's own path. */
  target?: string
  /** The secret to present as `Authorization: Bearer …`; none if undefined. */
  secret?: string | undefined
  /** Further header lines; an MCP client's own are added unless named. */
  headers?: [name: string, value: string][]
  /** The body: a string as it is, anything else as JSON; `initialize` if
   * left out of a POST, nothing if null. */
  body?: unknown
  chunked?: boolean
  /** Gives the request up, and ends its connection. */
  signal?: AbortSignal
  /** Sends it on a connection that is kept for the next request. */
  agent?: Agent
  /** The address of ours that it comes from; any when left out. */
  from?: string
}

/** One kept exchange, secrets already redacted. */
export interface Evidence {
  sent: string
  /** Empty when nothing came back. */
  received: string
  failure?: string
}

/** What checks talk to. Every exchange made through it is kept as evidence. */
export interface Subject extends SubjectOptions {
  readonly evidence: readonly Evidence[]
  /** Sends one request on its own connection. */
  send(probe?: Probe): Promise<Answer>
  /** Sends bytes as they are, for what an HTTP client refuses to send. */
  sendRaw(
    bytes: RawBytes,
    options?: {
      timeoutMs?: number
      until?: (received: string) => boolean
      graceMs?: number
      /** Another door of the same server: `http:` is without TLS. */
      url?: URL
    },
  ): Promise<RawExchange>
  /** Keeps as evidence what was no HTTP exchange. */
  record(sent: string, received: string): void
  /** Keeps a secret that a check made of another one out of the evidence. */
  hide(secret: string): void
  /** Opens a session where the server keeps them, and calls its methods. */
  connect(secret?: string): Promise<Connection>
}

/** An exchange that got an answer. */
export interface Answer extends WireResponse {
  exchange: Exchange
  /** All values of a header, by its lower-case name. */
  header(name: string): string[]
  /** The JSON-RPC messages in the body, whether JSON or an SSE stream. */
  messages(): Record<string, unknown>[]
}

/** An initialized MCP conversation. */
export interface Connection {
  /** Absent when the server keeps no session. */
  sessionId: string | undefined
  /** What every further request carries: the session and the revision. */
  headers: [name: string, value: string][]
  /** The answer to `initialize`. */
  opening: Answer
  request(
    method: string,
    params?: Record<string, unknown>,
    probe?: Probe,
  ): Promise<Answer>
}

export const protocolVersion = '2025-11-25'

/** The message that opens a conversation; servers answer it to anyone. */
export function initializeMessage(id: number | string = 1) {
  return {
    jsonrpc: '2.0',
    id,
    method: 'initialize',
    params: {
      protocolVersion,
      capabilities: {},
      clientInfo: { name: 'guardcheck', version: '1.0.0' },
    },
  }
}

/** A fresh view of the server for one check, with its own evidence. */
export function createSubject(options: SubjectOptions): Subject {
  const evidence: Evidence[] = []
  const hidden = [
    options.token,
    options.secondToken,
    ...(options.deadTokens ?? []),
    // What a gateway wants to see is often a secret as well.
    ...(options.headers?.map(([, value]) => value) ?? []),
    ...(options.keys?.grants.map(({ secret }) => secret) ?? []),
  ]
  let redact = createRedactor(hidden)
  const timeoutMs = options.timeoutMs ?? 10_000
  const { url, ca } = options

  const keep = (sent: string, received: string, failure?: string) => {
    const cut = (text: string) =>
      text.length > 4000
        ? `${text.slice(0, 4000)}… (${text.length} characters)`
        : text
    const kept = { sent: cut(redact(sent)), received: cut(redact(received)) }
    evidence.push(failure ? { ...kept, failure } : kept)
  }

  const send = async (probe: Probe = {}): Promise<Answer> => {
    const request = requestOf(options, probe)
    const { signal } = probe
    const { agent, from: localAddress } = probe
    const settings = { timeoutMs, ca, signal, agent, localAddress }
    const exchange = await sendRequest(url, request, settings)
    // A request that was given up says nothing of the server.
    if (!signal?.aborted || exchange.response) {
      keep(written(request), shown(exchange.response), exchange.failure)
    }
    const { response = { status: 0, headers: [], body: '' } } = exchange
    return {
      ...response,
      exchange,
      header: (name) =>
        response.headers
          .filter(([key]) => key === name)
          .map(([, value]) => value),
      messages: () => messagesOf(response.body),
    }
  }

  return {
    ...options,
    evidence,
    send,
    async sendRaw(bytes, more = {}) {
      const settings = { timeoutMs, ca, ...more }
      const exchange = await sendBytes(more.url ?? url, bytes, settings)
      keep(exchange.sent, exchange.received)
      return exchange
    },
    record: keep,
    hide(secret) {
      hidden.push(secret)
      redact = createRedactor(hidden)
    },
    async connect(secret) {
      const opening = await send({ secret })
      const [sessionId] = opening.header('mcp-session-id')
      if (opening.status !== 200) {
        throw new NotApplicable(
          `The server answered ${opening.status || 'nothing'} to initialize.`,
        )
      }
      const session: [string, string][] = [
        ['MCP-Protocol-Version', agreedVersion(opening)],
      ]
      if (sessionId) session.push(['Mcp-Session-Id', sessionId])
      let id = 1
      const request: Connection['request'] = (method, params, probe = {}) => {
        id += 1
        const body = { jsonrpc: '2.0', id, method, params }
        const headers = [...session, ...(probe.headers ?? [])]
        return send({ secret, body, ...probe, headers })
      }
      if (sessionId) {
        const method = 'notifications/initialized'
        await send({
          secret,
          headers: session,
          body: { jsonrpc: '2.0', method },
        })
      }
      return { sessionId, headers: session, opening, request }
    },
  }
}

/** The revision that a server answered `initialize` with. */
function agreedVersion(opening: Answer): string {
  const [message] = opening.messages()
  const result = message?.result as { protocolVersion?: unknown } | undefined
  const agreed = result?.protocolVersion
  const plain = typeof agreed === 'string' && /^[\w.-]+$/.test(agreed)
  return plain ? agreed : protocolVersion
}

/** The request that a probe stands for. */
function requestOf(options: SubjectOptions, probe: Probe): WireRequest {
  const method = probe.method ?? 'POST'
  const given = probe.body === undefined ? initializeMessage() : probe.body
  const body =
    (method !== 'POST' && probe.body === undefined) || given === null
      ? undefined
      : typeof given === 'string'
        ? given
        : JSON.stringify(given)
  const headers: [string, string][] = [...(options.headers ?? [])]
  const add = (name: string, value: string) => {
    const same = ([key]: [string, string]) =>
      key.toLowerCase() === name.toLowerCase()
    if (!probe.headers?.some(same)) headers.push([name, value])
  }
  add('Accept', 'application/json, text/event-stream')
  if (body !== undefined) add('Content-Type', 'application/json')
  add('MCP-Protocol-Version', protocolVersion)
  if (probe.secret !== undefined) {
    add('Authorization', `Bearer ${probe.secret}`)
  }
  headers.push(...(probe.headers ?? []))
  const target = probe.target ?? options.url.pathname + options.url.search
  return { method, target, headers, body, chunked: probe.chunked }
}

/** A request as text, as it goes over the wire. */
function written({ method, target, headers, body }: WireRequest): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}`)
  return `${method} ${target} HTTP/1.1\n${lines.join('\n')}\n\n${body ?? ''}`
}

/** A response as text; empty when there is none. */
function shown(response?: WireResponse): string {
  if (!response) return ''
  const lines = response.headers.map(([name, value]) => `${name}: ${value}`)
  return `HTTP/1.1 ${response.status}\n${lines.join('\n')}\n\n${response.body}`
}

/** The JSON objects in a body: JSON, or the data lines of an SSE stream. */
function messagesOf(body: string): Record<string, unknown>[] {
  const parse = (text: string): Record<string, unknown>[] => {
    try {
      const value: unknown = JSON.parse(text)
      return (Array.isArray(value) ? value : [value]).filter(
        (item) => typeof item === 'object' && item !== null,
      )
    } catch {
      return []
    }
  }
  if (!/^(event|data|id|:)/m.test(body)) return parse(body)
  return body
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .flatMap((line) => parse(line.slice('data:'.length)))
}

import type { Agent } from 'node:http'
import type { Keys } from '../keys.ts'
import type { LyingIssuer } from '../liar/issuer.ts'
import type { StartedProcess } from '../process/start.ts'
import type { Authority } from '../sign-in/authority.ts'
import type { Person } from '../sign-in/browser.ts'
import { NotApplicable } from '../verdicts.ts'
import type { Certificate } from './certificate.ts'
import {
  type Dialect,
  headersFor,
  initializeMessage,
  isMessage,
  translate,
  usualDialect,
} from './dialect.ts'
import { createRedactor } from './redact.ts'
import { openStream, type Stream } from './stream.ts'
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

/** A tool that may be called, whose effect nobody counts. */
export interface Call {
  name: string
  arguments: Record<string, unknown>
}

/** A tool that answers with all that it is given. */
export interface Mirror extends Call {
  /**
   * Starts a copy of the server that has the tool and takes the same tokens,
   * where the server itself is to have none.
   */
  open?(): Promise<{ url: URL; stop(): Promise<void> }>
}

/** What may still be sent; it is used up by whoever sends. */
export interface Allowance {
  requests: number
  bytes: number
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
  /** Who may ask it about tokens for `otherResource`, and for that alone. */
  otherIntrospection?: { id: string; secret: string } | undefined
  /** Lets the person give no more than these scopes; undefined removes them. */
  limitPerson?(scopes: string[] | undefined): Promise<void>
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

/** A further look at one property; it throws as the property's own does. */
export type Promised = (subject: Subject) => Promise<void>

/** A running server under test: where it is, and what we hold of it. */
export interface SubjectOptions {
  url: URL
  /** How MCP is spoken there; the usual one when not told. */
  dialect?: Dialect | undefined
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
  /** What all checks together may send; as much as they like if left out. */
  allowance?: Allowance | undefined
  /** Set only when the user named the tool, as `effect` is. */
  call?: Call | undefined
  /** Set only when the user named the tool: nothing else is ever called. */
  effect?: Effect | undefined
  /** The same for a tool that reads files. */
  reader?: Reader | undefined
  /** Set only when the user named the tool that shows what tools are given. */
  mirror?: Mirror | undefined
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
  /** What it promises of a property beyond what is asked of any server. */
  promises?: Readonly<Record<string, Promised>> | undefined
  /** What has a server that is started again throttle, and believe its
   * issuer for a minute, as it comes. */
  throttle?: Record<string, string | undefined> | undefined
  /** Files with other secrets of the server, by the variable that names each. */
  secretFiles?: Readonly<Record<string, string>> | undefined
  /** What has a server that is started again stand, in plain HTTP, behind a
   * proxy of this machine. */
  proxied?: Record<string, string | undefined> | undefined
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
  /** The body: a string as it is, anything else as JSON and in the dialect
   * of the server; `initialize` if left out of a POST, nothing if null. */
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
  readonly dialect: Dialect
  /** Sends one request on its own connection. */
  send(probe?: Probe): Promise<Answer>
  /** Sends bytes as they are, for what an HTTP client refuses to send. */
  sendRaw(
    bytes: RawBytes,
    options?: {
      timeoutMs?: number
      until?: (received: string) => boolean
      graceMs?: number
      /** Goes as soon as the bytes are sent, or says that no more will come. */
      leave?: 'whole' | 'half'
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
  /** A message as this server gets it, for bytes of our own, and the header
   * lines that it wants beside the given ones; `initialize` if left out. */
  write(
    message?: unknown,
    headers?: Connection['headers'],
  ): { body: string; headers: Connection['headers'] }
  /** Ends what is open; from then on every request is refused, for `why`. */
  close(why: string): void
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
  /** Where messages are posted to, when that is not the endpoint itself. */
  inbox: string | undefined
  request(
    method: string,
    params?: Record<string, unknown>,
    probe?: Probe,
  ): Promise<Answer>
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
  const { url, ca, dialect = usualDialect } = options

  const keep = (sent: string, received: string, failure?: string) => {
    const cut = (text: string) =>
      text.length > 4000
        ? `${text.slice(0, 4000)}… (${text.length} characters)`
        : text
    const kept = { sent: cut(redact(sent)), received: cut(redact(received)) }
    evidence.push(failure ? { ...kept, failure } : kept)
  }

  const streams = new Set<Stream>()
  let over: string | undefined
  const { allowance } = options
  const requireOpen = () => {
    if (over !== undefined) throw new NotApplicable(over)
    if (!allowance || (allowance.requests > 0 && allowance.bytes > 0)) return
    throw new NotApplicable('As much as may be sent has been sent before.')
  }
  const spend = (bytes: number) => {
    if (!allowance) return
    allowance.requests -= 1
    allowance.bytes -= bytes
  }

  const answerOf = (exchange: Exchange): Answer => {
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

  const exchangeOf = async (probe: Probe, to = url): Promise<Exchange> => {
    const target = probe.target ?? to.pathname + to.search
    const request = requestOf(options, dialect, { ...probe, target })
    spend(written(request).length)
    const { signal, agent, from: localAddress } = probe
    const settings = { timeoutMs, ca, signal, agent, localAddress }
    const exchange = await sendRequest(to, request, settings)
    // A request that was given up says nothing of the server.
    if (!signal?.aborted || exchange.response) {
      keep(written(request), shown(exchange.response), exchange.failure)
    }
    return exchange
  }

  /** Asks for a stream as whoever sends the probe would. */
  const listen = async ({ secret, headers, from }: Probe) => {
    const lines = headers?.filter(([name]) => !/^content-/i.test(name)) ?? []
    const probe = { method: 'GET', secret, headers: lines, from }
    const request = requestOf(options, dialect, probe)
    spend(written(request).length)
    const stream = await openStream(url, request, { timeoutMs, ca })
    const { response, failure } = stream.exchange()
    keep(written(request), shown(response), failure)
    if (stream.inbox && stream.inbox.origin !== url.origin) {
      stream.close()
      throw new NotApplicable(
        `Its stream names an inbox at ${stream.inbox.origin}: no credential is sent there.`,
      )
    }
    if (stream.inbox) streams.add(stream)
    return stream
  }

  /** Posts a message and waits for its answer on the stream. */
  const post = async (stream: Stream, probe: Probe): Promise<Answer> => {
    const exchange = await exchangeOf(probe, stream.inbox)
    const { request, response } = exchange
    const id = idOf(probe.body === undefined ? request.body : probe.body)
    if (!response || response.status > 299 || id === undefined) {
      return answerOf(exchange)
    }
    const data = await stream.answer(id, Math.min(timeoutMs, streamMs))
    if (data === undefined) return answerOf(exchange)
    const body = `data: ${data}\n\n`
    keep('', body)
    const others = response.headers.filter(([name]) => name !== 'content-type')
    const type: [string, string] = ['content-type', 'text/event-stream']
    const headers = [...others, type]
    return answerOf({ request, response: { status: 200, headers, body } })
  }

  /** A stream of its own for one message, opened as a client opens it. */
  const sendOverStream = async (probe: Probe): Promise<Answer> => {
    const stream = await listen(probe)
    if (!stream.inbox) return answerOf(stream.exchange())
    try {
      if (probe.body !== undefined) await open(stream, probe.secret)
      return await post(stream, probe)
    } finally {
      streams.delete(stream)
      stream.close()
    }
  }

  /** Opens the conversation that further messages of a stream belong to. */
  const open = async (stream: Stream, secret?: string): Promise<Answer> => {
    const opening = await post(stream, { secret })
    const body = { jsonrpc: '2.0', method: 'notifications/initialized' }
    if (isSuccess(opening)) await post(stream, { secret, body })
    return opening
  }

  const send = async (probe: Probe = {}): Promise<Answer> => {
    requireOpen()
    const { method = 'POST', target, body } = probe
    const speaks = method === 'POST' && target === undefined && body !== null
    return dialect.way === 'stream' && speaks
      ? sendOverStream(probe)
      : answerOf(await exchangeOf(probe))
  }

  const connect = async (secret?: string): Promise<Connection> => {
    requireOpen()
    const stream =
      dialect.way === 'stream' ? await listen({ secret }) : undefined
    const opening = !stream
      ? await send({ secret })
      : stream.inbox
        ? await open(stream, secret)
        : answerOf(stream.exchange())
    const [sessionId] = opening.header('mcp-session-id')
    if (opening.status !== 200) {
      throw new NotApplicable(
        `The server answered ${opening.status || 'nothing'} to initialize.`,
      )
    }
    const session: [string, string][] = stream
      ? []
      : [['MCP-Protocol-Version', agreedVersion(opening, dialect)]]
    if (sessionId) session.push(['Mcp-Session-Id', sessionId])
    let id = 1
    const request: Connection['request'] = (method, params, probe = {}) => {
      id += 1
      const body = { jsonrpc: '2.0', id, method, params }
      const headers = [...session, ...(probe.headers ?? [])]
      const whole = { secret, body, ...probe, headers }
      const speaks = (whole.method ?? 'POST') === 'POST'
      return stream && speaks ? post(stream, whole) : send(whole)
    }
    if (sessionId) {
      const method = 'notifications/initialized'
      await send({
        secret,
        headers: session,
        body: { jsonrpc: '2.0', method },
      })
    }
    const inbox = stream?.inbox && stream.inbox.pathname + stream.inbox.search
    return { sessionId, headers: session, opening, inbox, request }
  }

  return {
    ...options,
    dialect,
    evidence,
    send,
    async sendRaw(bytes, more = {}) {
      requireOpen()
      const settings = { timeoutMs, ca, ...more }
      const exchange = await sendBytes(more.url ?? url, bytes, settings)
      keep(exchange.sent, exchange.received)
      spend(exchange.sentBytes)
      return exchange
    },
    record: keep,
    hide(secret) {
      hidden.push(secret)
      redact = createRedactor(hidden)
    },
    connect,
    write(message = initializeMessage(1, dialect), given = []) {
      const body = JSON.stringify(translate(dialect, message))
      const own = headersFor(dialect, JSON.parse(body)).filter(
        ([name]) => !given.some(([other]) => other === name),
      )
      return { body, headers: [...given, ...own] }
    },
    close(why) {
      over = why
      for (const stream of streams) stream.close()
      streams.clear()
    },
  }
}

/** Milliseconds that an answer may take to come on a stream. */
const streamMs = 3000

const isSuccess = ({ status }: Answer) => status >= 200 && status <= 299

/** The id that an answer will have; undefined where none is to come. */
function idOf(body: unknown): unknown {
  const value = typeof body === 'string' ? parseJson(body) : body
  const [first] = Array.isArray(value) ? value : [value]
  return isMessage(first) ? first.id : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The revision that a server answered `initialize` with. */
export function agreedVersion(opening: Answer, { revision }: Dialect): string {
  const [message] = opening.messages()
  const result = message?.result as { protocolVersion?: unknown } | undefined
  const agreed = result?.protocolVersion
  const plain = typeof agreed === 'string' && /^[\w.-]+$/.test(agreed)
  return plain ? agreed : revision
}

/** The request that a probe stands for. */
function requestOf(
  options: SubjectOptions,
  dialect: Dialect,
  probe: Probe,
): WireRequest {
  const method = probe.method ?? 'POST'
  const opens = method === 'POST' && probe.body === undefined
  const given = opens ? initializeMessage(1, dialect) : (probe.body ?? null)
  const message =
    typeof given === 'string' ? parseJson(given) : translate(dialect, given)
  const body =
    given === null
      ? undefined
      : typeof given === 'string'
        ? given
        : JSON.stringify(message)
  const headers: [string, string][] = [...(options.headers ?? [])]
  const add = (name: string, value: string) => {
    const same = ([key]: [string, string]) =>
      key.toLowerCase() === name.toLowerCase()
    if (!probe.headers?.some(same)) headers.push([name, value])
  }
  add('Accept', 'application/json, text/event-stream')
  if (body !== undefined) add('Content-Type', 'application/json')
  for (const [name, value] of headersFor(dialect, message)) add(name, value)
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

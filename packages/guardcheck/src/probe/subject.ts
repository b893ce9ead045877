import { type Answer, answerOf } from './answer.ts'
import { type Connection, openConnection } from './connection.ts'
import {
  type Dialect,
  headersFor,
  initializeMessage,
  translate,
  usualDialect,
} from './dialect.ts'
import { type Evidence, openEvidence, openPurse } from './evidence.ts'
import { exchange, type Line } from './exchange.ts'
import type { SubjectOptions } from './options.ts'
import type { Probe } from './request.ts'
import { openTalk } from './talk.ts'
import { type RawBytes, type RawExchange, sendBytes } from './wire.ts'

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

/** A fresh view of the server for one check, with its own evidence. */
export function createSubject(options: SubjectOptions): Subject {
  const { url, ca, dialect = usualDialect, timeoutMs = 10_000 } = options
  const { evidence, keep, hide } = openEvidence(options)
  const { requireOpen, spend, shut } = openPurse(options)
  const line: Line = { options, dialect, timeoutMs, keep, spend }
  const talk = openTalk(line)

  const send = async (probe: Probe = {}): Promise<Answer> => {
    requireOpen()
    const { method = 'POST', target, body } = probe
    const speaks = method === 'POST' && target === undefined && body !== null
    return dialect.way === 'stream' && speaks
      ? talk.send(probe)
      : answerOf(await exchange(line, probe))
  }

  return {
    ...options,
    dialect,
    evidence,
    send,
    async sendRaw(bytes, more = {}) {
      requireOpen()
      const settings = { timeoutMs, ca, ...more }
      const exchanged = await sendBytes(more.url ?? url, bytes, settings)
      keep(exchanged.sent, exchanged.received)
      spend(exchanged.sentBytes)
      return exchanged
    },
    record: keep,
    hide,
    async connect(secret) {
      requireOpen()
      return openConnection(dialect, send, talk, secret)
    },
    write(message = initializeMessage(1, dialect), given = []) {
      const body = JSON.stringify(translate(dialect, message))
      const own = headersFor(dialect, JSON.parse(body)).filter(
        ([name]) => !given.some(([other]) => other === name),
      )
      return { body, headers: [...given, ...own] }
    },
    close(why) {
      shut(why)
      talk.close()
    },
  }
}

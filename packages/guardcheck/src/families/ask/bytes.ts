import type { Connection } from '../../probe/connection.ts'
import type { Subject } from '../../probe/subject.ts'
import type { RawBytes, RawExchange } from '../../probe/wire.ts'

/**
 * The head of a request, for bytes that no HTTP client would send; `secret`
 * is the subject's own token unless named, and none if null.
 */
export function headOf(
  subject: Subject,
  lines: [name: string, value: string][],
  {
    // A stream is asked for by another method than messages are sent by.
    method = subject.dialect.way === 'stream' ? 'GET' : 'POST',
    target = subject.url.pathname + subject.url.search,
    secret = subject.token,
  }: { method?: string; target?: string; secret?: string | null } = {},
): string {
  const all: [string, string][] = [
    ['Host', subject.url.host],
    ...(subject.headers ?? []),
    ['Accept', 'application/json, text/event-stream'],
    ['Content-Type', 'application/json'],
  ]
  if (secret) all.push(['Authorization', `Bearer ${secret}`])
  all.push(...lines)
  // As short as may be: so many of them fit that some are not looked at.
  const text = all
    .map(([name, value]) => `${name}:${value && ` ${value}`}\r\n`)
    .join('')
  return `${method} ${target} HTTP/1.1\r\n${text}\r\n`
}

/** A message as the bytes of a request, for a connection of our own. */
export function requestOf(
  subject: Subject,
  secret: string,
  message: object,
  session: Connection['headers'] = [],
): string {
  const { body, headers } = subject.write(message, session)
  const length: [string, string] = [
    'Content-Length',
    `${Buffer.byteLength(body)}`,
  ]
  return headOf(subject, [...headers, length], { secret }) + body
}

/** Header lines that say nothing, as many as that. */
export const fillers = (count: number) =>
  Array.from({ length: count }, (): [string, string] => ['a', ''])

/** Whether the bytes that came hold a whole response (RFC 9112 §6.3). */
export function isWhole(received: string): boolean {
  const [head = '', ...rest] = received.split('\r\n\r\n')
  if (rest.length === 0) return false
  // A stream may go on for ever: its first event is an answer.
  if (/^content-type: *text\/event-stream/im.test(head)) {
    return /^data:.*\r?\n\r?\n/m.test(rest.join('\r\n\r\n'))
  }
  const body = rest.join('\r\n\r\n')
  const length = /^content-length: *(\d+)/im.exec(head)?.[1]
  if (length !== undefined) return body.length >= Number(length)
  if (/^transfer-encoding: *chunked/im.test(head)) {
    return /(^|\r\n)0\r\n/.test(body)
  }
  return false
}

/** Sends bytes and gives the server a moment to end the connection. */
export function sendUntilCut(
  subject: Subject,
  bytes: RawBytes,
  more: { url?: URL; timeoutMs?: number } = {},
): Promise<RawExchange> {
  return subject.sendRaw(bytes, { until: isWhole, graceMs: 300, ...more })
}

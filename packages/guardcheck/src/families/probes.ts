import { setTimeout } from 'node:timers/promises'
import { expect, NotApplicable } from '../property.ts'
import type { Answer, Connection, Subject } from '../subject.ts'
import type { RawBytes, RawExchange } from '../wire.ts'

/** What came back, in a word or two. */
export function said({ status, exchange }: Answer): string {
  return status ? `${status}` : `nothing (${exchange.failure})`
}

/** Whether a request was let in: a result, or a stream that may bring one. */
export function isServed(answer: Answer): boolean {
  if (answer.status < 200 || answer.status > 299) return false
  const messages = answer.messages()
  const [type = ''] = answer.header('content-type')
  const streams = type.toLowerCase().startsWith('text/event-stream')
  return (
    messages.some((message) => 'result' in message) ||
    (streams && !messages.some((message) => 'error' in message))
  )
}

/**
 * Opens a conversation and sees one harmless request served, so that a later
 * refusal means something.
 * @throws {NotApplicable} when the server serves nobody we can be
 */
export async function enter(
  subject: Subject,
  secret: string | undefined = subject.token,
): Promise<Connection> {
  const { status } = await subject.send({ secret })
  if ([401, 403].includes(status) && secret === undefined) {
    throw new NotApplicable(
      'It needs a valid token: give one with --token-env.',
    )
  }
  const connection = await subject.connect(secret)
  const pong = await connection.request('ping')
  if (pong.status !== 200) {
    throw new NotApplicable(
      `After initialize the server answered ${said(pong)} to a ping.`,
    )
  }
  return connection
}

/** The call that must not run: the named tool's, a harmless one without. */
export function actionMessage({ effect }: Subject): object {
  const { name, arguments: args } = effect ?? {}
  return effect
    ? {
        jsonrpc: '2.0',
        id: 'guardcheck-action',
        method: 'tools/call',
        params: { name, arguments: args },
      }
    : { jsonrpc: '2.0', id: 'guardcheck-action', method: 'tools/list' }
}

/**
 * Runs `attempt` and asserts that the named tool did not run meanwhile, nor
 * a moment later: some servers answer first.
 */
export async function expectNoEffect(
  { effect }: Subject,
  attempt: () => Promise<void>,
): Promise<void> {
  const before = await effect?.count()
  await attempt()
  if (!effect) return
  await setTimeout(150)
  const runs = (await effect.count()) - (before ?? 0)
  expect(
    runs === 0,
    `It was refused, and yet ${effect.name} ran ${runs} times.`,
  )
}

/** The head of a request, for bytes that no HTTP client would send. */
export function headOf(
  subject: Subject,
  lines: [name: string, value: string][],
  {
    method = 'POST',
    target = subject.url.pathname + subject.url.search,
    secret = subject.token,
  } = {},
): string {
  const all: [string, string][] = [
    ['Host', subject.url.host],
    ...(subject.headers ?? []),
    ['Accept', 'application/json, text/event-stream'],
    ['Content-Type', 'application/json'],
  ]
  if (secret !== undefined) all.push(['Authorization', `Bearer ${secret}`])
  all.push(...lines)
  const text = all.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `${method} ${target} HTTP/1.1\r\n${text}\r\n`
}

/** Whether the bytes that came hold a whole response (RFC 9112 §6.3). */
export function isWhole(received: string): boolean {
  const [head = '', ...rest] = received.split('\r\n\r\n')
  if (rest.length === 0) return false
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
): Promise<RawExchange> {
  return subject.sendRaw(bytes, { until: isWhole, graceMs: 300 })
}

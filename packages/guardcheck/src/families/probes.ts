import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Answer, Connection, Probe, Subject } from '../probe/subject.ts'
import type { RawBytes, RawExchange } from '../probe/wire.ts'
import { expect, NotApplicable } from '../property.ts'

/** What came back, in a word or two. */
export function said({ status, exchange }: Answer): string {
  return status ? `${status}` : `nothing (${exchange.failure})`
}

/**
 * Whether a request was let in: a result, whatever the status says, or a
 * stream that may bring one.
 */
export function isServed(answer: Answer): boolean {
  const messages = answer.messages()
  if (messages.some((message) => 'result' in message)) return true
  if (answer.status < 200 || answer.status > 299) return false
  const [type = ''] = answer.header('content-type')
  const streams = type.toLowerCase().startsWith('text/event-stream')
  return streams && !messages.some((message) => 'error' in message)
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

/** A well-formed secret that nobody holds. */
export const wrongSecret = `guardcheck-wrong-${randomUUID()}`

/** Seconds that a check waits for a throttle, each time and in all. */
const patience = { once: 5, inAll: 15 }

const waited = new WeakMap<Subject, number>()

/**
 * Sends one request, and a second time when the server asked to wait a
 * little: 429 tells nothing of what was asked.
 * @throws {NotApplicable} when it throttles for longer
 */
export async function ask(subject: Subject, probe?: Probe): Promise<Answer> {
  for (;;) {
    const answer = await subject.send(probe)
    if (answer.status !== 429) return answer
    const seconds = Number(answer.header('retry-after')[0] ?? Number.NaN)
    const before = waited.get(subject) ?? 0
    if (!(seconds <= patience.once && before + seconds <= patience.inAll)) {
      throw new NotApplicable(
        'The server throttles failed requests (429): ask again later.',
      )
    }
    // At least something, or a server that says 0 would be asked for ever.
    waited.set(subject, before + Math.max(seconds, 1))
    await setTimeout(seconds * 1000)
  }
}

/**
 * The valid token, once a wrong one was refused and this one served, so that
 * what is refused later means something.
 * @throws {Violation} when a wrong one is served
 * @throws {NotApplicable} when there is none, or it is not served
 */
export async function guardedToken(subject: Subject): Promise<string> {
  const wrong = await ask(subject, { secret: wrongSecret })
  expect(!isServed(wrong), `A wrong token was served (${wrong.status}).`)
  const { token } = subject
  if (token === undefined) {
    throw new NotApplicable(
      'It needs a valid token: give one with --token-env.',
    )
  }
  const right = await ask(subject, { secret: token })
  if (isServed(right)) return token
  throw new NotApplicable(
    `The token that was given is not served: it was answered ${said(right)}.`,
  )
}

/**
 * Asserts that all requests are answered as the first one is, apart from
 * what differs when that one is repeated. They stand by name.
 */
export async function expectAlike(
  subject: Subject,
  first: Probe,
  others: [name: string, probe: Probe][],
): Promise<void> {
  const look = async (probe: Probe) => aspectsOf(await ask(subject, probe))
  const before = await look(first)
  for (const [name, probe] of others) {
    if (differing(before, await look(probe)).length === 0) continue
    const restless = differing(before, await look(first))
    const tells = differing(before, await look(probe)).filter(
      (aspect) => !restless.includes(aspect),
    )
    expect(tells.length === 0, `${name} is told by its ${tells.join(', ')}.`)
  }
}

/** What whoever gets an answer sees of it; a clock tells nothing. */
function aspectsOf({ status, headers, body }: Answer): Map<string, string> {
  const aspects = new Map([
    ['status', `${status}`],
    ['body', body],
  ])
  for (const [name, value] of headers) {
    if (name === 'date') continue
    const key = `${name} header`
    aspects.set(key, `${aspects.get(key) ?? ''}${value}\n`)
  }
  return aspects
}

/** The names of what is not the same in two answers. */
function differing(a: Map<string, string>, b: Map<string, string>): string[] {
  const names = new Set([...a.keys(), ...b.keys()])
  return [...names].filter((name) => a.get(name) !== b.get(name))
}

/** The call that must not run: the named tool's, a harmless one without. */
export function actionMessage({ effect, call }: Subject): object {
  const action = effect ?? call
  const { name, arguments: args } = action ?? {}
  return action
    ? {
        jsonrpc: '2.0',
        id: 'guardcheck-action',
        method: 'tools/call',
        params: { name, arguments: args },
      }
    : { jsonrpc: '2.0', id: 'guardcheck-action', method: 'tools/list' }
}

/** A message that anyone may send who may send any. */
export const harmlessMessage = (subject: Subject): object =>
  actionMessage({ ...subject, effect: undefined, call: undefined })

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
    `A call that had to be refused ran ${effect.name}, ${runs} times.`,
  )
}

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

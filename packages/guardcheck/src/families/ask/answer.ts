import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Answer } from '../../probe/answer.ts'
import type { Connection } from '../../probe/connection.ts'
import { shakeHands } from '../../probe/handshake.ts'
import type { Probe } from '../../probe/request.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable } from '../../property.ts'

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

export const isRefused = ({ status }: Answer) => status === 401

/** Sees that the server is reached over TLS at all. */
export async function requireTls(subject: Subject) {
  const { url } = subject
  expect(
    url.protocol === 'https:',
    'It is reached over http: whoever is on the way reads the tokens.',
  )
  const handshake = await shakeHands(url)
  const { protocol, failure = '' } = handshake
  subject.record('ClientHello', protocol ?? failure)
  if (!protocol) {
    throw new NotApplicable(`It shook hands with nobody (${failure}).`)
  }
  return handshake
}

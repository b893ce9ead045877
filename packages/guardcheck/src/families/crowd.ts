import { setMaxListeners } from 'node:events'
import type { Connection, Subject } from '../probe/subject.ts'
import { expect } from '../property.ts'
import { enter } from './ask/answer.ts'

export const parallelClients = 24

export const rounds = 8

/** Milliseconds that requests at the same time get for their answers. */
const togetherMs = 3000

/** Clients of two callers in turn, each in a session where there are any. */
export async function enterMany(subject: Subject): Promise<Connection[]> {
  const { token, secondToken = token } = subject
  const clients = [await enter(subject), await enter(subject, secondToken)]
  while (clients.length < parallelClients) {
    const [a, b] = clients.slice(-2) as [Connection, Connection]
    const again = () =>
      subject.connect(clients.length % 2 === 0 ? token : secondToken)
    clients.push(a.sessionId || b.sessionId ? await again() : a)
  }
  return clients
}

/** Ends the sessions that clients opened, where there are any. */
export async function leave(clients: Connection[]): Promise<void> {
  const inside = clients.filter(({ sessionId }) => sessionId !== undefined)
  const end = { method: 'DELETE', body: null }
  await Promise.all(inside.map(({ request }) => request('', undefined, end)))
}

/** What a request of each client asks for: half of them this, half that. */
const methods = ['ping', 'tools/list'] as const

/** Whether a message is the answer to one of the two and not to the other. */
export function isAnswerTo(
  method: (typeof methods)[number],
  message: Record<string, unknown> | undefined,
): boolean {
  const { result } = message ?? {}
  if (typeof result !== 'object' || result === null) return false
  return 'tools' in result === (method === 'tools/list')
}

/**
 * Lets all clients ask at the same time and asserts that none gets what is
 * another's. Returns how many got nothing.
 */
export async function askTogether(
  clients: Connection[],
  idOf: (client: number) => string,
): Promise<number> {
  const over = new AbortController()
  setMaxListeners(clients.length, over.signal)
  const patience = setTimeout(() => over.abort(), togetherMs)
  let strange = ''
  const ask = async (client: Connection, i: number) => {
    const method = methods[i % 2] ?? 'ping'
    const body = { jsonrpc: '2.0', id: idOf(i), method }
    const { signal } = over
    const answer = await client.request(method, undefined, { body, signal })
    const answers = answer
      .messages()
      .filter((message) => 'result' in message && 'id' in message)
    const own = ({ id, ...message }: Record<string, unknown>) =>
      id === body.id && isAnswerTo(method, message)
    if (!answers.every(own)) {
      strange = `A ${method} was answered with what another caller asked for.`
      over.abort()
    }
    return answers.length > 0
  }
  const answered = await Promise.all(clients.map(ask))
  clearTimeout(patience)
  expect(!strange, strange)
  return answered.filter((was) => !was).length
}

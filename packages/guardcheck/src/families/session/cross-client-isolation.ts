import { setMaxListeners } from 'node:events'
import type { Connection } from '../../probe/connection.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../property.ts'
import { enter } from '../ask/answer.ts'

export const crossClientIsolation: Property = {
  id: 'session/cross-client-isolation',
  claim: {
    en: 'callers at the same time, with the same request ids, each get their own answer',
    ja: '同時に同じリクエストIDを使っても、それぞれの呼び出し元に自分の応答だけが届く',
  },
  source: ['https://github.com/advisories/GHSA-345p-7cg4-v4c7'],
  owasp: ['MCP10'],
  level: 'policy',
  since: 0,
  needs: [],
  advice: {
    en: 'Create a server and a transport per session, or per request without sessions; never match answers to callers by the JSON-RPC id, which every client counts from one.',
    ja: 'サーバーとトランスポートはセッションごと（なければリクエストごと）に作ります。JSON-RPCのidで応答を振り分けてはいけません。idはどのクライアントも1から数えます。',
  },
  async check(subject) {
    const clients = await enterMany(subject)
    const [first] = clients
    const [listing] = (await first?.request('tools/list'))?.messages() ?? []
    if (!isAnswerTo('tools/list', listing)) {
      throw new NotApplicable('Its answers to tools/list and ping look alike.')
    }
    let lost = 0
    for (let round = 1; round <= rounds; round += 1) {
      lost += await askTogether(clients, () => `round-${round}`)
      if (lost > 0) break
    }
    if (lost === 0) return await leave(clients)
    const alone = await askTogether(clients, (i) => `alone-${i}`)
    if (alone > 0) {
      throw new NotApplicable(
        `${alone} of ${parallelClients} requests at the same time got no answer, whatever their ids.`,
      )
    }
    expect(
      false,
      `${lost} of ${parallelClients} requests with the same id got no answer, and with different ids all did.`,
    )
  },
}

const parallelClients = 24

const rounds = 8

/** Milliseconds that requests at the same time get for their answers. */
const togetherMs = 3000

/** Clients of two callers in turn, each in a session where there are any. */
async function enterMany(subject: Subject): Promise<Connection[]> {
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
async function leave(clients: Connection[]): Promise<void> {
  const inside = clients.filter(({ sessionId }) => sessionId !== undefined)
  const end = { method: 'DELETE', body: null }
  await Promise.all(inside.map(({ request }) => request('', undefined, end)))
}

/** What a request of each client asks for: half of them this, half that. */
const methods = ['ping', 'tools/list'] as const

/** Whether a message is the answer to one of the two and not to the other. */
function isAnswerTo(
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
async function askTogether(
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

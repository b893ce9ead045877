import { estimateBits, leastIds } from '../probe/entropy.ts'
import type { Connection, Subject } from '../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../property.ts'
import { enter, isServed, isSuccess, said } from './ask/answer.ts'
import {
  endSessions,
  expectAlive,
  inventSession,
  keepsNoSession,
  pingMessage,
  withSession,
} from './ask/session.ts'
import {
  askTogether,
  enterMany,
  isAnswerTo,
  leave,
  parallelClients,
  rounds,
} from './crowd.ts'
import { asvsSections, practices, transports } from './sources.ts'

/** Session ids name a conversation; they are never a credential. */
export const session: Property[] = [
  {
    id: 'session/session-not-auth',
    claim: {
      en: 'a session id without a credential opens nothing and ends nothing',
      ja: 'セッションIDだけでは、資格情報なしに何も開けず、何も終わらせられない',
    },
    source: [practices('session-hijacking')],
    owasp: ['MCP07'],
    level: 'must',
    since: 1,
    needs: [],
    advice: {
      en: 'Check the token on every request, also inside a session, and before the session is looked up.',
      ja: 'セッション中でもすべてのリクエストで、セッションを探す前にトークンを検証します。',
    },
    async check(subject) {
      const connection = await enter(subject)
      const headers = withSession(
        connection,
        connection.sessionId ?? inventSession(),
      )
      for (const method of ['POST', 'GET', 'DELETE']) {
        const body = method === 'POST' ? pingMessage() : null
        const answer = await subject.send({ method, headers, body })
        expect(
          !isSuccess(answer),
          `${method} with a session id and no credential was answered ${said(answer)}.`,
        )
      }
      const { inbox: target } = connection
      if (target) {
        const answer = await subject.send({ target, body: pingMessage() })
        expect(
          !isSuccess(answer),
          `The inbox of a stream took a message without a credential: ${said(answer)}.`,
        )
      }
      if (connection.sessionId || target) await expectAlive(connection)
    },
  },
  {
    id: 'session/session-bound-principal',
    claim: {
      en: 'another caller cannot use, listen to, resume or end a session, even knowing its id',
      ja: '他の呼び出し元は、IDを知っていてもそのセッションを使うことも、受信も再開も終了もできない',
    },
    source: [practices('session-hijacking')],
    owasp: ['MCP07', 'MCP10'],
    level: 'should',
    since: 0,
    needs: [],
    advice: {
      en: 'Keep with each session who opened it, compare on every request of every method, and answer `404` as for an unknown id.',
      ja: 'セッションごとに開いた呼び出し元を記録し、すべてのメソッドで照合して、違えば未知のIDと同じ`404`を返します。',
    },
    async check(subject) {
      const owner = await enter(subject)
      if (await keepsNoSession(subject, owner)) return
      const { secondToken: secret } = subject
      if (secret === undefined) {
        throw new NotApplicable(
          "It keeps sessions, and whose they are takes another caller's token: give one with --second-token-env.",
        )
      }
      await enter(subject, secret)
      const { headers } = owner
      const resume: [string, string] = ['Last-Event-ID', lastEventId(owner)]
      const attempts = [
        { what: 'used', method: 'POST', headers, body: pingMessage() },
        { what: 'listened to', method: 'GET', headers },
        { what: 'resumed', method: 'GET', headers: [...headers, resume] },
        { what: 'ended', method: 'DELETE', headers },
      ]
      for (const { what, ...probe } of attempts) {
        const answer = await subject.send({ secret, ...probe })
        expect(
          !isSuccess(answer),
          `Another caller ${what} the session: ${probe.method} was answered ${said(answer)}.`,
        )
      }
      await expectAlive(owner)
    },
  },
  {
    id: 'session/session-unguessable',
    claim: {
      en: 'session ids are visible ASCII, differ, follow no order, and are as hard to guess as a random UUID',
      ja: 'セッションIDは可視ASCIIで重複も順序もなく、ランダムなUUIDと同程度に推測しにくい',
    },
    source: [
      transports('session-management'),
      practices('session-hijacking'),
      asvsSections.sessions,
    ],
    owasp: ['MCP07'],
    level: 'must',
    since: 0,
    needs: [],
    advice: {
      en: 'Mint ids with `randomBytes(32).toString("base64url")`. `randomUUID()` passes, because MCP names it, but has 122 random bits where ASVS asks for 128; a counter, the time or `Math.random()` can be foreseen.',
      ja: 'IDは`randomBytes(32).toString("base64url")`で作ります。`randomUUID()`はMCPが例に挙げるため合格としますが、ASVSの求める128ビットに対して122ビットです。連番、時刻、`Math.random()`は予測できます。',
    },
    async check(subject) {
      const connection = await enter(subject)
      if (await keepsNoSession(subject, connection)) return
      const ids = await mintSessions(subject, connection)
      const odd = ids.find((id) => !/^[\x21-\x7e]+$/.test(id))
      expect(odd === undefined, 'An id has characters beyond visible ASCII.')
      const different = new Set(ids).size
      expect(
        different === ids.length,
        `${ids.length} sessions had ${different} different ids.`,
      )
      const bits = Math.floor(estimateBits(ids))
      expect(
        bits >= leastBits,
        `At most ${bits} bits of an id cannot be foreseen, seen over ${ids.length} of them.`,
      )
    },
  },
  {
    id: 'session/session-no-fixation',
    claim: {
      en: 'a session id that the client chose is never taken up',
      ja: 'クライアントが選んだセッションIDは決して採用されない',
    },
    source: [practices('session-hijacking'), asvsSections.sessions],
    owasp: ['MCP07'],
    level: 'policy',
    since: 0,
    needs: [],
    advice: {
      en: 'Mint the id on the server at `initialize`, whatever the request carries, and answer `404` to an id that you did not mint.',
      ja: 'リクエストに何が付いていても、IDは`initialize`の時点でサーバーが作ります。自分が作っていないIDには`404`を返します。',
    },
    async check(subject) {
      const connection = await enter(subject)
      if (await keepsNoSession(subject, connection)) return
      const chosen = inventSession()
      const { token: secret } = subject
      const headers = withSession(connection, chosen)
      const opening = await subject.send({ secret, headers })
      expect(
        !opening.header('mcp-session-id').includes(chosen),
        'initialize took up the session id that the client chose.',
      )
      const body = pingMessage()
      const answer = await subject.send({ secret, headers, body })
      expect(
        !isSuccess(answer),
        `A request under an id that the client chose was answered ${said(answer)}.`,
      )
    },
  },
  {
    id: 'session/session-lifecycle',
    claim: {
      en: 'a session that was ended is gone, and one caller cannot pile up sessions',
      ja: '終了したセッションは存在せず、1人の呼び出し元がセッションを際限なく増やすこともできない',
    },
    source: [transports('session-management'), asvsSections.sessionTimeout],
    owasp: ['MCP07'],
    level: 'must',
    since: 0,
    needs: [],
    advice: {
      en: 'Forget a session at DELETE and answer `404` to its id from then on: only a `404` tells the client to start anew. Limit how many one caller keeps open, and close idle ones.',
      ja: 'DELETEでセッションを破棄し、以後そのIDには`404`を返します。クライアントが開き直すのは`404`のときだけです。呼び出し元ごとの数を制限し、使われないものは閉じます。',
    },
    async check(subject) {
      const connection = await enter(subject)
      if (await keepsNoSession(subject, connection)) return
      const { headers } = connection
      const { token: secret } = subject
      const end = await subject.send({ method: 'DELETE', secret, headers })
      if (isSuccess(end)) {
        const ping = await connection.request('ping')
        expect(
          ping.status === 404,
          `After DELETE (${end.status}) a request in the session was answered ${said(ping)}, not 404.`,
        )
        const stream = await subject.send({ method: 'GET', secret, headers })
        expect(
          !isSuccess(stream),
          `After DELETE (${end.status}) GET was answered ${said(stream)}.`,
        )
      }
      if (subject.intrusive) await expectBounded(subject)
      else if (!isSuccess(end)) {
        throw new NotApplicable(
          `It lets no client end a session (DELETE is answered ${said(end)}); whether it limits them is tried with --intrusive.`,
        )
      }
    },
  },
  {
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
        throw new NotApplicable(
          'Its answers to tools/list and ping look alike.',
        )
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
  },
]

/** Bits of a UUID that is called random, less what an estimate may lose. */
const leastBits = 112

const sessionsMinted = 64

/** Milliseconds spent on minting them. */
const mintingMs = 8000

/** Sessions that no honest client opens at once. */
const sessionsPiled = 300

/** The last event id that an owner has seen, or one that looks like it. */
function lastEventId({ opening }: Connection): string {
  const ids = [...opening.body.matchAll(/^id: *(\S+)/gm)]
  return ids.at(-1)?.[1] ?? 'guardcheck-0'
}

/** The ids of fresh sessions, in order; each session is ended again. */
async function mintSessions(
  subject: Subject,
  connection: Connection,
): Promise<string[]> {
  const { token: secret } = subject
  const ids: string[] = []
  const until = Date.now() + mintingMs
  while (ids.length < sessionsMinted && Date.now() < until) {
    const [id] = (await subject.send({ secret })).header('mcp-session-id')
    if (id === undefined) break
    ids.push(id)
  }
  await endSessions(subject, connection, ids)
  if (ids.length >= leastIds) return ids
  throw new NotApplicable(
    `Only ${ids.length} sessions could be opened, too few to judge their ids.`,
  )
}

/** Asserts that a caller who opens many sessions is stopped, or loses some. */
async function expectBounded(subject: Subject): Promise<void> {
  const first = await enter(subject)
  const { token: secret } = subject
  const ids: string[] = []
  let refused = false
  let left = sessionsPiled
  const work = async () => {
    while (left > 0 && !refused) {
      left -= 1
      const opening = await subject.send({ secret })
      const [id] = opening.header('mcp-session-id')
      if (isSuccess(opening) && id) ids.push(id)
      else refused = true
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
  const lost = refused || !isServed(await first.request('ping'))
  await endSessions(subject, first, [...ids, `${first.sessionId}`])
  expect(lost, `One caller kept ${ids.length + 1} sessions open at once.`)
}

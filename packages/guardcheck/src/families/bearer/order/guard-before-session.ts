import { randomUUID } from 'node:crypto'
import type { Probe } from '../../../probe/request.ts'
import type { Subject } from '../../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../../property.ts'
import { expectAlike } from '../../ask/alike.ts'
import { ask, said } from '../../ask/answer.ts'
import { practices } from '../../sources.ts'

export const guardBeforeSession: Property = {
  id: 'bearer/guard-before-session',
  claim: {
    en: 'without a credential, a live session is not told from an unknown one',
    ja: '資格情報なしでは、有効なセッションと未知のセッションを見分けられない',
  },
  source: [practices('session-hijacking')],
  owasp: ['MCP07'],
  level: 'must',
  since: 1,
  needs: [],
  advice: {
    en: 'Look sessions up only behind the guard, so that the refusal is the same with any session id.',
    ja: 'セッションの検索はガードの後ろでだけ行い、どのセッションIDでも同じ拒否を返します。',
  },
  check: guardsBeforeSession,
}

/** Without a credential, one session id is as good as another. */
async function guardsBeforeSession(subject: Subject): Promise<void> {
  const answer = await ask(subject)
  expect(
    answer.status === 401 || answer.status === 403,
    `No credential was answered ${said(answer)}, not 401.`,
  )
  const { token } = subject
  const { sessionId: live, inbox } = token ? await subject.connect(token) : {}
  const ids: [name: string, id: string][] = [
    ['An unknown session', randomUUID()],
    ['A session id of another form', 'guardcheck'],
  ]
  if (live) ids.push(['A live session', live])
  for (const method of ['POST', 'GET', 'DELETE']) {
    const body =
      method === 'POST' ? { jsonrpc: '2.0', id: 1, method: 'ping' } : null
    const none = await ask(subject, { method, body })
    const [first, ...others] = ids.map(([name, id]): [string, Probe] => [
      `${name} on ${method}`,
      { method, body, headers: [['Mcp-Session-Id', id]] },
    ])
    if (!first) continue
    const unknown = await ask(subject, first[1])
    // Some servers say in words that a session is missing: that tells of none.
    expect(
      unknown.status === none.status,
      `${first[0]} is answered ${said(unknown)}, no session ${said(none)}: it is looked up first.`,
    )
    await expectAlike(subject, first[1], others)
  }
  if (inbox) {
    const body = { jsonrpc: '2.0', id: 1, method: 'ping' }
    // Another digit or letter in it, and so nobody's.
    const target = inbox.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    const others: [string, Probe][] = [
      ['A live inbox', { target: inbox, body }],
    ]
    await expectAlike(subject, { target, body }, others)
  }
  if (token) return
  throw new NotApplicable(
    'Whether a live session is told from others needs a valid token.',
  )
}

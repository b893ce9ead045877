import { isSuccess } from '../../probe/answer.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../property.ts'
import { enter, isServed, said } from '../ask/answer.ts'
import { endSessions, keepsNoSession } from '../ask/session.ts'
import { asvsSections, transports } from '../sources.ts'

export const sessionLifecycle: Property = {
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
}

/** Sessions that no honest client opens at once. */
const sessionsPiled = 300

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

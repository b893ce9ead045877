import { isSuccess } from '../../probe/answer.ts'
import type { Connection } from '../../probe/connection.ts'
import { expect, NotApplicable, type Property } from '../../property.ts'
import { enter, said } from '../ask/answer.ts'
import { expectAlive, keepsNoSession, pingMessage } from '../ask/session.ts'
import { practices } from '../sources.ts'

export const sessionBoundPrincipal: Property = {
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
}

/** The last event id that an owner has seen, or one that looks like it. */
function lastEventId({ opening }: Connection): string {
  const ids = [...opening.body.matchAll(/^id: *(\S+)/gm)]
  return ids.at(-1)?.[1] ?? 'guardcheck-0'
}

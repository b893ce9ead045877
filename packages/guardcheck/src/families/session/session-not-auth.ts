import { isSuccess } from '../../probe/answer.ts'
import { expect, type Property } from '../../property.ts'
import { enter, said } from '../ask/answer.ts'
import {
  expectAlive,
  inventSession,
  pingMessage,
  withSession,
} from '../ask/session.ts'
import { practices } from '../sources.ts'

export const sessionNotAuth: Property = {
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
}

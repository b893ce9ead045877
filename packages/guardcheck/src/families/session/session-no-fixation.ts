import { isSuccess } from '../../probe/answer.ts'
import { expect, type Property } from '../../property.ts'
import { enter, said } from '../ask/answer.ts'
import {
  inventSession,
  keepsNoSession,
  pingMessage,
  withSession,
} from '../ask/session.ts'
import { asvsSections, practices } from '../sources.ts'

export const sessionNoFixation: Property = {
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
}

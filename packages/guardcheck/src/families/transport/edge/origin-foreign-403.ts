import { expect, type Property } from '../../../property.ts'
import { ask, enter, said } from '../../ask/answer.ts'
import { foreignOrigins } from '../../ask/requests.ts'
import { transports } from '../../sources.ts'

export const originForeign403: Property = {
  id: 'transport/origin-foreign-403',
  claim: {
    en: 'a request from a web page that is not listed is answered 403, and one that names no Origin passes',
    ja: '一覧にないWebページからのリクエストには403を返し、Originのないリクエストは通す',
  },
  source: [transports('security-warning')],
  owasp: ['MCP07'],
  level: 'must',
  since: 3,
  needs: [],
  advice: {
    en: 'Compare a present `Origin` as a whole with a list (`origins.includes(origin)`), never by prefix, suffix or pattern; `null` is what any sandboxed page sends, so it is no exception.',
    ja: '`Origin`があれば、一覧のどれかと全体が一致するかを比べます（`origins.includes(origin)`）。前方一致や後方一致、正規表現では比べません。`null`はサンドボックス化されたページなら誰でも送れるので、例外にしません。',
  },
  async check(subject) {
    const { headers } = await enter(subject)
    for (const origin of foreignOrigins(subject)) {
      const answer = await ask(subject, {
        secret: subject.token,
        headers: [...headers, ['Origin', origin]],
        body: { jsonrpc: '2.0', id: 'guardcheck', method: 'ping' },
      })
      expect(
        answer.status === 403,
        `A request with Origin: ${origin} was answered ${said(answer)}.`,
      )
    }
  },
}

import { expect, type Property } from '../property.ts'
import type { Answer } from '../subject.ts'

const rfc6750 = (section: string) =>
  `https://www.rfc-editor.org/rfc/rfc6750#section-${section}`

/** The guard's promises about the Authorization header. */
export const bearer: Property[] = [
  {
    id: 'bearer/missing-401-challenge',
    claim: {
      en: 'a request without a credential is answered 401 with one Bearer challenge, whatever its method',
      ja: '資格情報のないリクエストは、どのメソッドでもBearerチャレンジ1つを伴う401になる',
    },
    source: [
      rfc6750('3'),
      'https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2',
      'https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization#token-requirements',
    ],
    owasp: ['MCP07'],
    level: 'must',
    since: 1,
    needs: [],
    advice: {
      en: 'Put one guard above every route of the endpoint, for all methods, and answer `401` with `WWW-Authenticate: Bearer realm="…"`.',
      ja: 'エンドポイントのすべてのルートより上に、全メソッド共通のガードを1つ置き、`WWW-Authenticate: Bearer realm="…"`を付けて`401`を返します。',
    },
    async check(subject) {
      for (const method of ['POST', 'GET', 'DELETE', 'HEAD', 'PUT']) {
        const answer = await subject.send({ method })
        const [challenge, ...others] = answer.header('www-authenticate')
        expect(
          answer.status === 401,
          `${method} without a credential was answered ${said(answer)}, not 401.`,
        )
        expect(
          others.length === 0 && /^Bearer +\w+=/i.test(challenge ?? ''),
          `The 401 to ${method} has no single Bearer challenge with a parameter.`,
        )
      }
    },
  },
]

/** What came back, in two words. */
function said({ status, exchange }: Answer): string {
  return status ? `${status}` : `nothing (${exchange.failure})`
}

import type { Probe } from '../../../probe/request.ts'
import { expect, type Property } from '../../../property.ts'
import { enter } from '../../ask/answer.ts'
import { headOf, sendUntilCut } from '../../ask/bytes.ts'
import { harmlessMessage } from '../../ask/effect.ts'
import { rfc } from '../../sources.ts'

export const framingConflict400: Property = {
  id: 'transport/framing-conflict-400',
  claim: {
    en: 'a request whose length is said twice and differently is refused, and its connection ends',
    ja: '長さの指定が二重で食い違うリクエストは拒否され、その接続は閉じられる',
  },
  source: [rfc(9112, '6.1'), rfc(9112, '6.3'), rfc(9112, '11.2')],
  owasp: ['MCP07'],
  level: 'must',
  since: 0,
  needs: [],
  advice: {
    en: 'Leave the HTTP parser strict: no `insecureHTTPParser`, no `--insecure-http-parser`. Two readers that disagree about where a request ends let one smuggle a second past the other.',
    ja: 'HTTPパーサーは厳格なままにします（`insecureHTTPParser`や`--insecure-http-parser`を使わない）。リクエストの終わりの解釈が食い違うと、2つ目のリクエストを忍び込ませられます。',
  },
  async check(subject) {
    const { headers } = await enter(subject)
    const action = harmlessMessage(subject)
    const { body, headers: own } = subject.write(action, headers)
    const length = Buffer.byteLength(body)
    const chunks = `${length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
    const conflicts: [what: string, lines: Probe['headers'], body: string][] = [
      [
        'Content-Length beside Transfer-Encoding',
        [
          // That of the content: a reader of both finds nothing wrong.
          ['Content-Length', `${length}`],
          ['Transfer-Encoding', 'chunked'],
        ],
        chunks,
      ],
      [
        'two Content-Length lines that differ',
        [
          ['Content-Length', `${length}`],
          ['Content-Length', `${length + 1}`],
        ],
        `${body} `,
      ],
    ]
    for (const [what, lines = [], framed] of conflicts) {
      const head = headOf(subject, [...own, ...lines])
      const { status, ends } = await sendUntilCut(subject, head + framed)
      const twice = what.startsWith('two')
      expect(
        !twice || status === 0 || status >= 400,
        `A request with ${what} was answered ${status}.`,
      )
      expect(
        ends,
        `After a request with ${what} (${status || 'no answer'}) the connection stayed open.`,
      )
    }
  },
}

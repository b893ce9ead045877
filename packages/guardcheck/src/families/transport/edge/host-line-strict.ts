import { expect, NotApplicable, type Property } from '../../../property.ts'
import { enter } from '../../ask/answer.ts'
import { headOf, sendUntilCut } from '../../ask/bytes.ts'
import { harmlessMessage } from '../../ask/effect.ts'
import { rfc } from '../../sources.ts'

export const hostLineStrict: Property = {
  id: 'transport/host-line-strict',
  claim: {
    en: 'a request without a Host line, or with two, is refused',
    ja: 'Host行がないリクエストも、2行あるリクエストも拒否される',
  },
  source: [rfc(9112, '3.2')],
  owasp: ['MCP07'],
  level: 'must',
  since: 3,
  needs: [],
  advice: {
    en: 'Node refuses a missing `Host` and keeps the first of two: count them (`req.headersDistinct.host`) and answer `400`. A proxy that reads the other one would let a request past its own rules.',
    ja: 'Nodeは`Host`がなければ拒否しますが、2行あると最初の1行を使います。`req.headersDistinct.host`で数え、`400`を返します。もう一方を読むプロキシがあると、そのルールをすり抜けられます。',
  },
  async check(subject) {
    const { headers } = await enter(subject)
    const action = harmlessMessage(subject)
    const { body, headers: own } = subject.write(action, headers)
    const head = headOf(subject, [
      ...own,
      ['Content-Length', `${body.length}`],
      // Else each served request is waited for until it is left alone.
      ['Connection', 'close'],
    ])
    const knock = async (lines: string, late: string[] = []) => {
      const whole = head.replace(/^Host: .*\r\n/m, lines)
      const end = late.map((line) => `${line}\r\n`).join('')
      const bytes = `${whole.slice(0, -2)}${end}\r\n${body}`
      return (await sendUntilCut(subject, bytes)).status
    }
    const right = `Host: ${subject.url.host}\r\n`
    const other = 'Host: evil.example\r\n'
    const plain = await knock(right)
    if (plain !== 200) {
      throw new NotApplicable(
        `Bytes of our own were answered ${plain || 'nothing'}, with a Host as it should be.`,
      )
    }
    for (const [what, lines, late] of [
      ['no Host line', ''],
      ['a foreign Host line after the right one', right + other],
      ['a foreign Host line before the right one', other + right],
      ['the right Host line twice', right + right],
      [
        'a foreign Host line 2,000 lines after the right one',
        right,
        [...Array(2000).fill('a:'), 'Host: evil.example'],
      ],
    ] as [what: string, lines: string, late?: string[]][]) {
      const status = await knock(lines, late)
      expect(
        status === 0 || status >= 400,
        `A request with ${what} was answered ${status}.`,
      )
    }
  },
}

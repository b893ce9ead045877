import type { Subject } from '../../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../../property.ts'
import { guardedToken, wrongSecret } from '../../ask/answer.ts'
import { fillers, headOf } from '../../ask/bytes.ts'
import { oauth21, rfc } from '../../sources.ts'

export const authHeaderSingle: Property = {
  id: 'bearer/auth-header-single',
  claim: {
    en: 'a request with two Authorization lines is refused, whatever their order',
    ja: 'Authorization行が2つあるリクエストは、順序にかかわらず拒否される',
  },
  source: [oauth21('5.3.2'), rfc(9110, '5.3')],
  owasp: ['MCP07'],
  level: 'should',
  since: 1,
  needs: ['token'],
  advice: {
    en: 'Count the lines: Node keeps the first in `req.headers` and hides the others, and a proxy may look at another one. `req.headersDistinct.authorization` has them all.',
    ja: '行数を数えます。Nodeの`req.headers`は最初の1行だけを残し、プロキシは別の行を見ているかもしれません。`req.headersDistinct.authorization`ならすべての行が得られます。',
  },
  check: refusesTwoLines,
}

/** Two Authorization lines are refused, in whatever order they come. */
async function refusesTwoLines(subject: Subject): Promise<void> {
  const token = await guardedToken(subject)
  const one = await sendLines(subject, [`Bearer ${token}`])
  if (one.status < 200 || one.status > 299) {
    throw new NotApplicable(
      `One line, sent byte by byte, was answered ${one.status || 'nothing'}.`,
    )
  }
  const right = `Bearer ${token}`
  const wrong = `Bearer ${wrongSecret}`
  const basic = 'Basic Z3VhcmRjaGVjazp3cm9uZw=='
  const pairs: [name: string, first: string, second: string][] = [
    ['A wrong token after the valid one', right, wrong],
    ['A wrong token before the valid one', wrong, right],
    ['The valid token twice', right, right],
    ['Basic after the valid token', right, basic],
    ['Basic before the valid token', basic, right],
  ]
  for (const [name, first, second] of pairs) {
    for (const between of [0, far]) {
      const { status, closed } = await sendLines(
        subject,
        [first, second],
        between,
      )
      const refused = status === 0 ? closed : status >= 400 && status < 500
      const where = between ? `${between} lines apart` : 'in a line of its own'
      expect(
        refused,
        `${name}, ${where}, was answered ${status || 'nothing'}, not 400.`,
      )
    }
  }
}

/** Lines that some servers keep; what stands behind them is not seen. */
const far = 2000

/** Sends `initialize` with Authorization lines that no client would repeat. */
function sendLines(subject: Subject, credentials: string[], between = 0) {
  const { body, headers } = subject.write()
  const lines = credentials.flatMap((credential, i): [string, string][] => [
    ...(i > 0 ? fillers(between) : []),
    ['Authorization', credential],
  ])
  const head = headOf(
    subject,
    [
      ...headers,
      ['Content-Length', `${Buffer.byteLength(body)}`],
      ['Connection', 'close'],
      ...lines,
    ],
    { secret: null },
  )
  const until = (received: string) => received.includes('\r\n\r\n')
  return subject.sendRaw(head + body, { until })
}

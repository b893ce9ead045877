import { randomBytes } from 'node:crypto'
import type { Answer } from '../../../probe/answer.ts'
import { expect, type Property } from '../../../property.ts'
import { enter, said } from '../../ask/answer.ts'
import { rfc, transports } from '../../sources.ts'

export const method405: Property = {
  id: 'transport/method-405',
  claim: {
    en: 'GET opens an event stream or is answered 405, no unused method is served, a 405 names what is allowed, and TRACE echoes nothing',
    ja: 'GETはイベントストリームを開くか405になり、使わないメソッドには応じず、405はAllowを伴い、TRACEは何もエコーしない',
  },
  source: [
    rfc(9110, '15.5.6'),
    rfc(9110, '9.3.8'),
    transports('listening-for-messages-from-the-server'),
  ],
  owasp: ['MCP07'],
  level: 'must',
  since: 0,
  needs: [],
  advice: {
    en: 'End the routes of the endpoint with one for all methods that answers `405` and `Allow`; GET opens an event stream or gets the same.',
    ja: 'エンドポイントのルートの最後に、全メソッドへ`405`と`Allow`を返すルートを置きます。GETはイベントストリームを開くか、同じく`405`にします。',
  },
  async check(subject) {
    const { headers } = await enter(subject)
    const marker = randomBytes(8).toString('hex')
    const ask = (method: string) =>
      subject.send({
        method,
        secret: subject.token,
        headers: [...headers, ['X-Guardcheck', marker]],
      })
    for (const method of ['PUT', 'PATCH']) {
      const answer = await ask(method)
      expect(
        // A router that knows the path by other methods only says 404, and
        // a gateway 403 or 501.
        [403, 404, 405, 501].includes(answer.status),
        `${method} was answered ${said(answer)}.`,
      )
      expectAllow(answer, method)
    }
    const trace = await ask('TRACE')
    expect(
      trace.status >= 400 || trace.status === 0,
      `TRACE was answered ${said(trace)}.`,
    )
    expect(!trace.body.includes(marker), 'TRACE echoed a header of ours.')
    const get = await ask('GET')
    const [type = ''] = get.header('content-type')
    expect(
      get.status === 200
        ? type.toLowerCase().startsWith('text/event-stream')
        : [400, 405, 406, 409, 429, 501].includes(get.status),
      `GET was answered ${said(get)} with ${type || 'nothing'}, neither an event stream nor 405.`,
    )
    expectAllow(get, 'GET')
  },
}

/** Asserts that a 405 says which methods there are. */
function expectAllow(answer: Answer, method: string): void {
  expect(
    answer.status !== 405 || answer.header('allow').join() !== '',
    `${method} was answered 405 without Allow.`,
  )
}

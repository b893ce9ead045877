import type { Subject } from '../../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../../property.ts'
import { enter, said } from '../../ask/answer.ts'
import { actionMessage, expectNoEffect } from '../../ask/effect.ts'
import { transports } from '../../sources.ts'

export const batchRejected: Property = {
  id: 'transport/batch-rejected',
  claim: {
    en: 'a JSON array of messages is refused, and none of them runs',
    ja: 'メッセージのJSON配列は拒否され、中のどれも実行されない',
  },
  source: [
    transports('sending-messages-to-the-server'),
    'https://modelcontextprotocol.io/specification/2025-06-18/changelog#major-changes',
  ],
  owasp: ['MCP02', 'MCP07'],
  // The text binds who sends; that nobody takes it is ours to ask.
  level: 'policy',
  since: 0,
  needs: [],
  advice: {
    en: 'Answer `400` to an array before the SDK sees it: v1 still runs batches, past every check that reads one method per request.',
    ja: 'SDKへ渡す前に、配列には`400`を返します。v1はバッチをまだ実行し、リクエストごとに1つのメソッドを見る検査をすり抜けます。',
  },
  async check(subject) {
    const { headers } = await enter(subject)
    if (subject.dialect.revision === '2025-03-26') {
      throw new NotApplicable(
        'It speaks 2025-03-26, the one revision that has batches.',
      )
    }
    // Whoever names the old revision may be let in by its rules.
    const ping = { jsonrpc: '2.0', id: 'guardcheck-ping', method: 'ping' }
    const arrays = [[ping], [ping, { ...ping, id: 'guardcheck-again' }]]
    if (subject.effect ?? subject.call) {
      arrays.push([actionMessage(subject) as typeof ping])
    }
    await expectNoEffect(subject, async () => {
      for (const revision of [undefined, '2025-03-26']) {
        for (const body of arrays) {
          await expectRefused(subject, body, asOf(headers, revision), revision)
        }
      }
    })
  },
}

type Headers = [name: string, value: string][]

/** The headers, naming another revision of the protocol, if there is one. */
const asOf = (headers: Headers, revision?: string): Headers =>
  revision
    ? [
        ...headers.filter(([name]) => !/^mcp-protocol-version$/i.test(name)),
        ['MCP-Protocol-Version', revision],
      ]
    : headers

async function expectRefused(
  subject: Subject,
  body: object[],
  headers: Headers,
  revision = '',
): Promise<void> {
  const answer = await subject.send({ secret: subject.token, headers, body })
  const messages = answer.messages()
  const what = `An array of ${body.length}${revision && ` as of ${revision}`} was answered ${said(answer)}`
  expect(
    !messages.some((message) => 'result' in message),
    `${what}, with a result.`,
  )
  expect(
    answer.status >= 400 || messages.some(({ error }) => error),
    `${what}, not refused.`,
  )
}

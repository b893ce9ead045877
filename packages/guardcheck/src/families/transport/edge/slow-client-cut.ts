import { setTimeout } from 'node:timers/promises'
import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import { headOf } from '../../ask/bytes.ts'
import { runTogether } from '../../ask/hold-process.ts'
import { after } from '../../ask/hold-tokens.ts'

export const slowClientCut: Property = {
  id: 'transport/slow-client-cut',
  claim: {
    en: 'whoever sends a head or a body too slowly is cut off within 15 seconds, and others are served meanwhile',
    ja: 'ヘッダーやボディを少しずつ送り続ける接続は15秒以内に切られ、その間もほかの呼び出し元は応答を得る',
  },
  source: [
    'https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/',
    'https://nodejs.org/docs/latest-v20.x/api/http.html#serverrequesttimeout',
  ],
  owasp: ['MCP07'],
  level: 'policy',
  since: 3,
  needs: ['intrusive'],
  slow: true,
  advice: {
    en: 'Give `createServer` a `headersTimeout` and a `requestTimeout` of about ten seconds, and a `connectionsCheckingInterval` of one: by default Node waits 60 and 300 seconds.',
    ja: '`createServer`に10秒程度の`headersTimeout`と`requestTimeout`、1秒の`connectionsCheckingInterval`を渡します。Nodeの既定では、それぞれ60秒と300秒待ちます。',
  },
  async check(subject) {
    const slow = slowClients(subject).map(async ([what, pieces]) => {
      const settings = { timeoutMs: slowMs }
      const { closed, ends } = await subject.sendRaw(pieces, settings)
      expect(
        closed || ends,
        `After ${slowMs / 1000} seconds it still listened to ${what}.`,
      )
    })
    const meanwhile = async () => {
      await setTimeout(1000)
      const { token: secret } = subject
      const answer = await subject.send({ secret })
      expect(
        answer.status > 0,
        `Beside ${slow.length} slow clients nobody else was answered.`,
      )
    }
    await runTogether([...slow, meanwhile()])
  },
}

/** Milliseconds that a slow client may be listened to. */
const slowMs = 15_000

/** Clients that never come to an end, by what they do. */
function slowClients(subject: Subject) {
  const line: [string, string] = ['Content-Length', '1000']
  const head = headOf(subject, [line])
  const clients: [what: string, pieces: AsyncIterable<string>][] = [
    ['a client that says nothing', trickle('', '')],
    ['a head that comes byte by byte', trickle('', head)],
    ['a body that never comes', trickle(head, '')],
    ['a body that comes byte by byte', trickle(head, ' '.repeat(1000))],
  ]
  return clients
}

/** Says the first part at once, and of the second a character a second. */
async function* trickle(first: string, second: string) {
  if (first) yield first
  const end = after(slowMs)
  for (const character of second) {
    await setTimeout(1000)
    if (new Date() > end) return
    yield character
  }
}

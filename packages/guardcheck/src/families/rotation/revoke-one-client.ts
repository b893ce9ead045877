import { setTimeout } from 'node:timers/promises'
import { expect, type Property } from '../../property.ts'
import {
  becomes,
  createGrant,
  give,
  giveAndSee,
  openGrants,
} from '../ask/hold-tokens.ts'
import { keepAlive, startLoad } from '../ask/requests.ts'
import { asvsSections } from '../sources.ts'

export const revokeOneClient: Property = {
  id: 'rotation/revoke-one-client',
  claim: {
    en: 'one caller is cut off within two seconds, on the connection it has, and no other notices',
    ja: '1つの呼び出し元だけを、使用中の接続のまま2秒以内に締め出せ、ほかの呼び出し元には影響しない',
  },
  source: [asvsSections.termination, asvsSections.operations],
  owasp: ['MCP01', 'MCP07'],
  level: 'policy',
  since: 2,
  needs: ['keys'],
  advice: {
    en: 'Ask the store on every request, not once per connection or session, and let the store notice within a second that its file changed.',
    ja: '接続やセッションごとに1度ではなく、リクエストのたびに照合し、ファイルの変更には1秒以内に気付くようにします。',
  },
  async check(subject) {
    const keys = await openGrants(subject)
    const [, other] = keys.grants
    const lost = createGrant(keys)
    await giveAndSee(subject, keys, lost)
    const agent = keepAlive(subject)
    const load = startLoad(subject, other?.secret)
    try {
      const probe = { agent }
      const { status } = await subject.send({ ...probe, secret: lost.secret })
      expect(
        status === 200,
        `On a kept connection its secret was answered ${status}.`,
      )
      await give(keys)
      const refused = await becomes(subject, lost.secret, 401, { probe })
      expect(
        refused !== undefined,
        'A revoked secret was still served after two seconds, on the connection that it had.',
      )
      await setTimeout(100)
    } finally {
      await load.stop()
      agent.destroy()
    }
    const { sent, failed } = load
    expect(
      failed.length === 0,
      `Of ${sent()} requests of another caller ${failed.length} failed meanwhile, the first with ${failed[0]}.`,
    )
  },
}

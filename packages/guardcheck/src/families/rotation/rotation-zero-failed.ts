import { setTimeout } from 'node:timers/promises'
import { expect, type Property } from '../../property.ts'
import {
  createGrant,
  giveAndSee,
  openGrants,
  successor,
} from '../ask/hold-tokens.ts'
import { startLoad } from '../ask/requests.ts'
import { asvsSections } from '../sources.ts'

export const rotationZeroFailed: Property = {
  id: 'rotation/rotation-zero-failed',
  claim: {
    en: 'no request fails because secrets are being replaced',
    ja: 'シークレットの交換によって失敗するリクエストはない',
  },
  source: [asvsSections.secrets],
  owasp: ['MCP01'],
  level: 'policy',
  since: 2,
  needs: ['keys'],
  advice: {
    en: 'Read the new file whole, then swap the tokens in one assignment between two requests; never clear and refill.',
    ja: '新しいファイルを最後まで読んでから、リクエストの合間に1回の代入で入れ替えます。消してから詰め直すことはしません。',
  },
  async check(subject) {
    const keys = await openGrants(subject)
    let old = createGrant(keys)
    await giveAndSee(subject, keys, old)
    const load = startLoad(subject, old.secret)
    // One more than overlaps: a request with it may still be on its way.
    let given = [old]
    try {
      for (let rotations = 0; rotations < 3; rotations += 1) {
        const fresh = successor(keys, old)
        given = [...given, fresh].slice(-3)
        await giveAndSee(subject, keys, ...given)
        // A client learns of its new secret a while later.
        await setTimeout(100)
        await load.use(fresh.secret)
        old = fresh
      }
    } finally {
      await load.stop()
    }
    const { sent, failed } = load
    expect(
      failed.length === 0,
      `Of ${sent()} requests across three rotations ${failed.length} failed, the first with ${failed[0]}.`,
    )
  },
}

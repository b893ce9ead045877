import { setTimeout } from 'node:timers/promises'
import { expect, type Property } from '../../property.ts'
import { expectSameProcess } from '../ask/hold-process.ts'
import {
  after,
  becomes,
  createGrant,
  endMs,
  expectServed,
  give,
  giveAndSee,
  openGrants,
  successor,
} from '../ask/hold-tokens.ts'
import { asvsSections } from '../sources.ts'

export const rotationOldDies: Property = {
  id: 'rotation/rotation-old-dies',
  claim: {
    en: 'the old secret stops at the end of the overlap, while the server goes on',
    ja: '併用期間が終わると、サーバーは動いたまま古いシークレットだけが使えなくなる',
  },
  source: [asvsSections.secrets, asvsSections.operations],
  owasp: ['MCP01'],
  level: 'policy',
  since: 2,
  needs: ['keys'],
  advice: {
    en: 'Give the old token an end and compare it with the clock on every request; no timer, no restart.',
    ja: '古いトークンに期限を付け、リクエストのたびに時計と比べます。タイマーも再起動も要りません。',
  },
  async check(subject) {
    const keys = await openGrants(subject)
    const old = createGrant(keys)
    const fresh = successor(keys, old)
    await giveAndSee(subject, keys, old, fresh)
    await expectServed(subject, 'The old secret, before its end,', old)
    await give(keys, { ...old, expiresAt: after(endMs) }, fresh)
    await setTimeout(endMs)
    const refused = await becomes(subject, old.secret, 401, {
      withinMs: 1000,
    })
    expect(
      refused !== undefined,
      'The old secret was still served a second after its end.',
    )
    expect(
      refused.header('www-authenticate').some((line) => {
        return line.includes('error="invalid_token"')
      }),
      'The challenge to the old secret does not say invalid_token.',
    )
    await expectServed(subject, 'The new secret', fresh)
    await expectSameProcess(subject)
  },
}

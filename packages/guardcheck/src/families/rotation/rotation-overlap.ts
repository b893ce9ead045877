import { setTimeout } from 'node:timers/promises'
import type { Property } from '../../property.ts'
import {
  createGrant,
  expectServed,
  giveAndSee,
  openGrants,
  successor,
} from '../ask/hold-tokens.ts'
import { asvsSections } from '../sources.ts'

export const rotationOverlap: Property = {
  id: 'rotation/rotation-overlap',
  claim: {
    en: 'while a secret is replaced, the old and the new one both open the door',
    ja: 'シークレットの交換中は、新旧どちらのシークレットでも通れる',
  },
  source: [asvsSections.secrets],
  owasp: ['MCP01'],
  level: 'policy',
  since: 2,
  needs: ['keys'],
  advice: {
    en: 'Let one caller have several tokens at a time, each with an end of its own: add the new one first, end the old one later.',
    ja: '1つの呼び出し元が複数のトークンを同時に持てるようにし、それぞれに期限を付けます。先に新しいものを加え、古いものは後で終わらせます。',
  },
  async check(subject) {
    const keys = await openGrants(subject)
    const old = createGrant(keys)
    await giveAndSee(subject, keys, old)
    const fresh = successor(keys, old)
    await giveAndSee(subject, keys, old, fresh)
    const end = Date.now() + 400
    while (Date.now() < end) {
      await expectServed(subject, 'The old secret', old)
      await expectServed(subject, 'The new secret', fresh)
      await setTimeout(50)
    }
  },
}

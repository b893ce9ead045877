import type { Subject } from '../../../probe/subject.ts'
import type { Property } from '../../../property.ts'
import { enterHonestly, expectLiesRefused } from '../../ask/access-tokens.ts'
import { rfc } from '../../sources.ts'

export const expNbfSkew: Property = {
  id: 'resource/exp-nbf-skew',
  claim: {
    en: 'a token works from its beginning to its end, and one without an end never',
    ja: 'トークンは開始から期限までだけ有効で、期限のないものは使えない',
  },
  source: [rfc(9068, '2.2'), rfc(7519, '4.1.4')],
  owasp: ['MCP01'],
  level: 'must',
  since: 3,
  needs: ['lying-issuer'],
  advice: {
    en: 'Demand `exp`, check `nbf` as well, and forgive clocks a minute at most.',
    ja: '`exp`を必須とし、`nbf`も確かめます。時計のずれを許すのは長くて1分です。',
  },
  check: checksTimes,
}

async function checksTimes(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  await expectLiesRefused(subject, liar, [
    'no-expiry',
    'expired',
    'not-yet-valid',
  ])
}

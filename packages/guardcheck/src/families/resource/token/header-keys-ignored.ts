import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import { enterHonestly, expectLiesRefused } from '../../ask/access-tokens.ts'
import { rfc } from '../../sources.ts'

export const headerKeysIgnored: Property = {
  id: 'resource/header-keys-ignored',
  claim: {
    en: 'a key that a token brings along, or points to, is neither believed nor fetched',
    ja: 'トークンが持参した鍵や指定した取得先の鍵は、信じられることも取得されることもない',
  },
  source: [rfc(7515, '4.1.11'), rfc(8725, '3.10')],
  owasp: ['MCP05', 'MCP07'],
  level: 'must',
  since: 3,
  needs: ['lying-issuer'],
  advice: {
    en: 'Take keys from the configured issuer only; ignore jwk, jku and x5u, and refuse what demands an unknown extension (crit).',
    ja: '鍵は設定した発行者からだけ取得します。jwk、jku、x5uは無視し、知らない拡張（crit）を求めるトークンは断ります。',
  },
  check: ignoresHeaderKeys,
}

async function ignoresHeaderKeys(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const before = liar.hits.sink
  await expectLiesRefused(subject, liar, [
    'embedded-key',
    'key-url',
    'certificate-url',
    'unknown-extension',
    'path-as-key',
  ])
  expect(
    liar.hits.sink === before,
    'A token made the server fetch a key from where it said.',
  )
}

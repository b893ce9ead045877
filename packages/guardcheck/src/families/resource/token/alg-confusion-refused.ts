import { unlistedAlgorithms } from '../../../liar/mint.ts'
import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import {
  claimsFor,
  enterHonestly,
  expectLiesRefused,
  expectRefused,
  present,
} from '../../ask/access-tokens.ts'
import { isServed } from '../../ask/answer.ts'
import { rfc } from '../../sources.ts'

export const algConfusionRefused: Property = {
  id: 'resource/alg-confusion-refused',
  claim: {
    en: 'only a signature by a listed algorithm and a published key counts',
    ja: '許可したアルゴリズムと公開された鍵による署名だけが認められる',
  },
  source: [rfc(9068, '4'), rfc(8725, '3.1')],
  owasp: ['MCP07'],
  level: 'must',
  since: 3,
  needs: ['lying-issuer'],
  advice: {
    en: 'Give the library a list of asymmetric algorithms. The header of a token never chooses one.',
    ja: 'ライブラリーには、非対称アルゴリズムの一覧を渡します。トークンのヘッダーに選ばせてはいけません。',
  },
  check: listsAlgorithms,
}

async function listsAlgorithms(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  await expectLiesRefused(subject, liar, [
    'none',
    'hmac-with-public-key',
    'own-key',
  ])
  const claims = claimsFor(subject)
  const honest = await liar.mint(claims)
  const [, kid] = /"kid":"([^"]+)"/.exec(atob(honest.split('.')[0] ?? '')) ?? []
  const forms = await liar.publicKeyForms()
  for (const [form, key] of Object.entries(forms)) {
    const secret = liar.forge({ alg: 'HS256', typ: 'at+jwt', kid }, claims, key)
    await expectRefused(subject, secret, `HS256 with ${form} for a key`)
  }
  for (const alg of ['None', 'nOnE', 'NONE']) {
    const bare = liar.forge({ alg, typ: 'at+jwt', kid }, claims)
    await expectRefused(subject, bare, `The algorithm ${alg}`)
    await expectRefused(subject, `${bare}eA`, `The algorithm ${alg}, signed,`)
  }
  const cut = honest.slice(0, honest.lastIndexOf('.') + 1)
  await expectRefused(subject, cut, 'A token without its signature')
  await expectRefused(subject, `${cut}eA`, 'A signature of two characters')
  const taken: string[] = []
  for (const alg of unlistedAlgorithms) {
    const secret = await liar.signUnlisted(alg, claims)
    const answer = await present(subject, secret)
    if (isServed(answer)) taken.push(alg)
  }
  // Some of them may be in a list; who takes each of them has none.
  expect(
    taken.length < unlistedAlgorithms.length,
    `It takes whatever algorithm a token names: ${taken.join(', ')}.`,
  )
}

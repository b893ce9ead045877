import type { Subject } from '../../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../../property.ts'
import {
  claimsFor,
  comesTrue,
  enterHonestly,
  expectRefused,
  expectTaken,
  patience,
  present,
} from '../../ask/access-tokens.ts'
import { isServed } from '../../ask/answer.ts'
import { oauth21, rfc } from '../../sources.ts'

export const jwksRotation: Property = {
  id: 'resource/jwks-rotation',
  claim: {
    en: 'a new key of the issuer counts without a restart, and a withdrawn one stops counting',
    ja: '発行者の新しい鍵は再起動なしで有効になり、取り下げられた鍵は無効になる',
  },
  source: [oauth21('7.1.2'), rfc(9068, '4')],
  owasp: ['MCP01'],
  level: 'policy',
  since: 3,
  needs: ['lying-issuer'],
  advice: {
    en: 'Fetch the keys again for an unknown key id, some seconds apart, and throw them away after minutes.',
    ja: '知らない鍵IDが来たら、数秒以上の間隔をおいて鍵を取得し直します。取得した鍵も数分で捨てます。',
  },
  check: abidesByKeys,
}

async function abidesByKeys(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const claims = claimsFor(subject)
  const served = async (secret: string) =>
    isServed(await present(subject, secret))
  const unknown = await liar.lie('unknown-key', claims)
  await expectRefused(subject, unknown, 'A token whose key nobody published')
  const used = await liar.mintWithOld(claims)
  await expectTaken(subject, used, 'A token signed with the key before')
  await liar.rotate()
  expect(
    await comesTrue(patience, async () => served(await liar.mint(claims))),
    `${patience} s after the issuer published a new key, its tokens are refused.`,
  )
  expect(
    await served(await liar.mintWithOld(claims)),
    'The key before is still published, and its tokens are refused.',
  )
  liar.withdraw()
  const seconds = (liar.maxAge ?? patience) + 6
  let alive = ''
  const dead = await comesTrue(seconds, async () => {
    const fresh = await served(await liar.mintWithOld(claims))
    alive = fresh ? 'its tokens are taken' : 'a token that it knew is taken'
    return !fresh && !(await served(used))
  })
  if (!dead && liar.maxAge === undefined) {
    throw new NotApplicable('How long it believes a key is not known.')
  }
  expect(dead, `${seconds} s after a key was withdrawn, ${alive}.`)
}

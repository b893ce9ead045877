import type { Subject } from '../../probe/subject.ts'
import { expect, type Property } from '../../property.ts'
import { isServed } from '../ask/answer.ts'
import { dies, grantOf, openTrusted } from '../ask/hold-issuer.ts'
import { rfc } from '../sources.ts'

export const revocation: Property = {
  id: 'issuer/revocation',
  claim: {
    en: 'what is revoked is dead at the server too, within seconds, and nothing else is',
    ja: '取り消したトークンは数秒のうちにサーバーでも使えなくなり、ほかのトークンには影響しない',
  },
  source: [rfc(7009, '2.1'), rfc(7009, '2.2')],
  owasp: ['MCP01'],
  level: 'must',
  since: 3,
  needs: ['issuer'],
  advice: {
    en: 'Issue opaque tokens and let the server ask about them (RFC 7662), with a cache of seconds; a JWT lives on until it expires.',
    ja: '不透明なトークンを発行し、サーバーから問い合わせます（RFC 7662）。キャッシュは数秒にとどめます。JWTは、期限が来るまで使え続けます。',
  },
  check: revokes,
}

async function revokes(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  const { hold, revoke } = authority
  const mine = await grantOf(authority, subject)
  const other = await grantOf(authority, subject)
  // What is kept of `other` is older: it has to be asked about by the time
  // that `mine` is seen to be dead.
  for (const { access } of [other, mine]) {
    expect(
      isServed(await subject.send({ secret: access })),
      'The server does not take a token of its authorization server.',
    )
  }
  const unknown = await revoke('no-such-token')
  expect(
    unknown.status === 200,
    `Revoking an unknown token was answered ${unknown.status}, not 200.`,
  )
  if (hold.otherClientId) await revoke(other.access, hold.otherClientId)
  const { status } = await revoke(mine.refresh || mine.access)
  expect(status === 200, `A revocation was answered ${status}, not 200.`)
  expect(
    await dies(subject, mine.access),
    'A revoked token is still taken by the server.',
  )
  expect(
    isServed(await subject.send({ secret: other.access })),
    'Revoking one token has ended another one.',
  )
}

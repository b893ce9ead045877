import type { Subject } from '../../probe/subject.ts'
import { expect, type Property } from '../../property.ts'
import {
  grantOf,
  openTrusted,
  refreshWith,
  type Trusted,
} from '../ask/hold-issuer.ts'
import { oauth21, rfc } from '../sources.ts'

export const refreshNarrowBound: Property = {
  id: 'issuer/refresh-narrow-bound',
  claim: {
    en: 'a refresh token serves its own client, for no more scope and no other resource than was granted',
    ja: 'リフレッシュトークンは発行されたクライアントだけが使え、許可より広いスコープや別のリソースは得られない',
  },
  source: [oauth21('4.3'), oauth21('4.3.1'), rfc(9700, '4.14')],
  owasp: ['MCP02'],
  level: 'must',
  since: 3,
  needs: ['issuer'],
  advice: {
    en: 'Compare client, scope and resource of each refresh with the grant: invalid_grant, invalid_scope, invalid_target.',
    ja: '更新のたびに、クライアント、スコープ、リソースを元の許可と比べ、invalid_grant、invalid_scope、invalid_targetで断ります。',
  },
  check: bindsRefresh,
}

async function bindsRefresh(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  const { scopes, otherClientId, otherResource } = authority.hold
  const [narrow = '', ...wider] = scopes
  const cases = {
    'another client': { client_id: otherClientId },
    'a wider scope': { scope: [narrow, ...wider].join(' ') },
    'another resource': { resource: otherResource },
  }
  for (const [what, changes] of Object.entries(cases)) {
    if (Object.values(changes).some((value) => value === undefined)) continue
    const { refresh } = await grantOf(authority, subject, [narrow])
    const refreshed = await refreshWith(authority, refresh, changes)
    const gained = refreshed.scope.split(' ').some((it) => wider.includes(it))
    expect(
      refreshed.status >= 400 || (what === 'a wider scope' && !gained),
      `A refresh token got a token for ${what}.`,
    )
  }
  await expectLimited(subject, authority)
}

/** A refresh gives no more than the person may give by then. */
async function expectLimited(
  subject: Subject,
  authority: Trusted,
): Promise<void> {
  const { limitPerson, scopes } = authority.hold
  if (!limitPerson) return
  const [narrow = '', ...wider] = scopes
  const first = await grantOf(authority, subject, scopes)
  try {
    await limitPerson([narrow])
    const second = await refreshWith(authority, first.refresh)
    const scope = second.status === 200 ? second.scope.split(' ') : []
    expect(
      !scope.some((it) => wider.includes(it)),
      'A refresh gives scopes that the person may no longer give.',
    )
    await limitPerson(undefined)
    const refresh = second.refresh || first.refresh
    const third = await refreshWith(authority, refresh)
    expect(
      third.status >= 400,
      'A refresh gives a token for a person who is gone.',
    )
  } finally {
    await limitPerson(scopes)
  }
}

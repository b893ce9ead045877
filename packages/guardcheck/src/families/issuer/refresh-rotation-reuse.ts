import type { Subject } from '../../probe/subject.ts'
import { expect, type Property } from '../../property.ts'
import { isServed } from '../ask/answer.ts'
import {
  answered,
  dies,
  grantOf,
  openTrusted,
  refreshWith,
} from '../ask/hold-issuer.ts'
import { authorization, oauth21, rfc } from '../sources.ts'

export const refreshRotationReuse: Property = {
  id: 'issuer/refresh-rotation-reuse',
  claim: {
    en: 'each refresh gives a new refresh token, and using an old one ends them all',
    ja: '更新のたびに新しいリフレッシュトークンが渡され、古いものを使うと一族すべてが無効になる',
  },
  source: [authorization('token-theft'), oauth21('4.3.1'), rfc(9700, '4.14')],
  owasp: ['MCP01'],
  level: 'must',
  since: 3,
  needs: ['issuer'],
  advice: {
    en: 'Rotate refresh tokens of public clients; when a used one comes back, somebody has stolen one: revoke the whole grant.',
    ja: '公開クライアントのリフレッシュトークンは毎回替えます。使用済みのものが届いたら盗まれた証拠なので、許可全体を取り消します。',
  },
  check: rotatesRefresh,
}

async function rotatesRefresh(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  const first = await grantOf(authority, subject)
  expect(first.refresh !== '', 'No refresh token was given.')
  const second = await refreshWith(authority, first.refresh)
  expect(second.status === 200, `A refresh was refused: ${answered(second)}.`)
  subject.hide(second.access)
  subject.hide(second.refresh)
  expect(
    second.refresh !== '' && second.refresh !== first.refresh,
    'A refresh gave no new refresh token.',
  )
  expect(
    isServed(await subject.send({ secret: second.access })),
    'The server does not take a refreshed token.',
  )
  const reused = await refreshWith(authority, first.refresh)
  expect(
    reused.error === 'invalid_grant',
    `A used refresh token was answered ${answered(reused)}, not invalid_grant.`,
  )
  const newest = await refreshWith(authority, second.refresh)
  expect(
    newest.status >= 400,
    'A used refresh token came back, and the newest one still works.',
  )
  expect(
    await dies(subject, second.access),
    'A used refresh token came back, and the newest token still works.',
  )
}

import type { Subject } from '../../probe/subject.ts'
import { expect, type Property } from '../../property.ts'
import { grantOf, openTrusted, refreshWith } from '../ask/hold-issuer.ts'
import { oauth21, rfc } from '../sources.ts'

export const tokenEndpointHygiene: Property = {
  id: 'issuer/token-endpoint-hygiene',
  claim: {
    en: 'the token endpoint takes POST only and one value per parameter, is never cached, and gives tokens of an hour at most',
    ja: 'トークンエンドポイントはPOSTと、1つの名前に1つの値だけを受け付け、キャッシュさせず、長くて1時間のトークンを渡す',
  },
  source: [oauth21('3.2'), oauth21('3.2.3'), rfc(6749, '5.1')],
  owasp: ['MCP01'],
  level: 'must',
  since: 3,
  needs: ['issuer'],
  advice: {
    en: 'Send Cache-Control: no-store with errors as well, refuse a repeated parameter with invalid_request, and keep expires_in at 3600 or less.',
    ja: 'エラーにもCache-Control: no-storeを付け、重複したパラメーターはinvalid_requestで断り、expires_inは3600以下にします。',
  },
  check: hasHygiene,
}

async function hasHygiene(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  const { metadata, send, hold } = authority
  const endpoint = metadata.token_endpoint
  const granted = await grantOf(authority, subject)
  const lasts = Number(granted.body.expires_in)
  expect(
    lasts > 0 && lasts <= 3600,
    `A token is said to last ${granted.body.expires_in} s, not 1 to 3600.`,
  )
  const refused = await refreshWith(authority, 'no-such-token')
  for (const { status, headers } of [granted, refused]) {
    const cache = headers.filter(([name]) => name === 'cache-control')
    expect(
      cache.some(([, value]) => /\bno-store\b/i.test(value)),
      `The token endpoint's ${status} lacks Cache-Control: no-store.`,
    )
  }
  const twice = await send(endpoint, [
    ['client_id', hold.clientId],
    ['grant_type', 'refresh_token'],
    ['grant_type', 'authorization_code'],
    ['refresh_token', granted.refresh],
  ])
  expect(
    twice.status === 400 && twice.body.includes('invalid_request'),
    `A parameter given twice was answered ${twice.status}, not invalid_request.`,
  )
  const query = new URLSearchParams({
    client_id: hold.clientId,
    grant_type: 'refresh_token',
    refresh_token: granted.refresh,
  })
  const got = await send(`${endpoint}?${query}`)
  expect(
    [404, 405].includes(got.status),
    `GET at the token endpoint was answered ${got.status}, not 405.`,
  )
}

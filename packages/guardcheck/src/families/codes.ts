import type { Subject } from '../probe/subject.ts'
import { expect } from '../property.ts'
import { isServed } from './ask/answer.ts'
import {
  answered,
  codeOf,
  dies,
  grantOf,
  openTrusted,
  outcomeOf,
  refreshWith,
  type Trusted,
} from './ask/hold-issuer.ts'

export async function requiresPkce(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  const without = {
    'without a code_challenge': {
      code_challenge: undefined,
      code_challenge_method: undefined,
    },
    'with the method plain': { code_challenge_method: 'plain' },
    'with a code_challenge of 5 characters': { code_challenge: 'short' },
  }
  for (const [how, changes] of Object.entries(without)) {
    const { code } = await outcomeOf(authority, changes)
    expect(code === '', `A request ${how} was given a code.`)
  }
  const wrong = { code_verifier: 'A'.repeat(43) }
  for (const changes of [wrong, { code_verifier: undefined }]) {
    const { asked, code } = await codeOf(authority)
    const traded = await authority.redeem(code, asked, changes)
    const how = changes.code_verifier ? 'a wrong' : 'no'
    expect(
      traded.status >= 400 && !traded.access,
      `A code was traded with ${how} verifier.`,
    )
  }
  const { asked, code } = await codeOf(authority)
  const traded = await authority.redeem(code, asked)
  expect(
    traded.status === 200,
    `The right verifier was refused: ${answered(traded)}.`,
  )
}

export async function allowsOneUse(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  await expectBound(authority)
  const { asked, code } = await codeOf(authority)
  const first = await authority.redeem(code, asked)
  subject.hide(first.access)
  expect(first.status === 200, `A code was refused: ${answered(first)}.`)
  expect(
    isServed(await subject.send({ secret: first.access })),
    'The server does not take a token of its authorization server.',
  )
  const guess = { code_verifier: 'A'.repeat(43) }
  await authority.redeem(code, asked, guess)
  expect(
    isServed(await subject.send({ secret: first.access })),
    'Whoever repeats a code without its verifier ends what it gave.',
  )
  const again = await authority.redeem(code, asked)
  expect(
    again.error === 'invalid_grant',
    `A code that was used was answered ${answered(again)}, not invalid_grant.`,
  )
  const later = await refreshWith(authority, first.refresh)
  expect(
    later.status >= 400,
    'A code was used twice, and the refresh token it gave still works.',
  )
  expect(
    await dies(subject, first.access),
    'A code was used twice, and the token it gave still works.',
  )
}

/** A code serves nobody but the client that it was given to. */
async function expectBound(authority: Trusted): Promise<void> {
  const { otherClientId } = authority.hold
  if (!otherClientId) return
  const { asked, code } = await codeOf(authority)
  const stolen = await authority.redeem(code, asked, {
    client_id: otherClientId,
  })
  expect(
    stolen.status >= 400 && !stolen.access,
    "Another client traded this one's code.",
  )
}

export async function rotatesRefresh(subject: Subject): Promise<void> {
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

export async function bindsRefresh(subject: Subject): Promise<void> {
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

export async function hasHygiene(subject: Subject): Promise<void> {
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

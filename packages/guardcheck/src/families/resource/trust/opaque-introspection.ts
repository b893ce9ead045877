import type { Subject } from '../../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../../property.ts'
import {
  bringBack,
  claimsFor,
  comesTrue,
  enterHonestly,
  expectRefused,
  present,
} from '../../ask/access-tokens.ts'
import { isServed, said } from '../../ask/answer.ts'
import { rfc } from '../../sources.ts'

export const opaqueIntrospection: Property = {
  id: 'resource/opaque-introspection',
  claim: {
    en: 'a token that only its issuer can read is held to the same, and its word believed a minute at most',
    ja: '発行者にしか読めないトークンにも同じ条件を課し、その回答を信じるのは長くて1分である',
  },
  source: [rfc(7662, '2.2'), rfc(7662, '4')],
  owasp: ['MCP01', 'MCP07'],
  level: 'must',
  since: 3,
  needs: ['lying-issuer'],
  advice: {
    en: 'Ask with credentials of your own, check active, aud, iss and exp, and keep the answer until exp or a minute, whichever is less.',
    ja: '自分の資格情報で問い合わせ、active、aud、iss、expを確かめます。回答を保持するのは、expまでか1分の短いほうです。',
  },
  check: checksIntrospection,
}

async function checksIntrospection(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const claims = claimsFor(subject)
  const now = Math.floor(Date.now() / 1000)
  const good = liar.issueOpaque(claims)
  const before = liar.hits.introspection
  const first = await present(subject, good)
  if (!isServed(first) && liar.hits.introspection === before) {
    throw new NotApplicable('It never asks its issuer about a token.')
  }
  expect(
    isServed(first),
    `A token that its issuer vouched for was answered ${said(first)}.`,
  )
  const strangers = {
    'is not active': { active: false },
    'is meant for another server': { aud: 'https://other.example/mcp' },
    'is meant for nobody': { aud: undefined },
    'is meant for its client': { aud: liar.client.id },
    'has expired': { exp: now - 120 },
    'is not valid yet': { nbf: now + 300 },
    'is of another issuer': { iss: 'https://other.example' },
    'is active in words only': { active: 'false' },
  }
  for (const [what, changes] of Object.entries(strangers)) {
    const secret = liar.issueOpaque({ ...claims, ...changes })
    await expectRefused(subject, secret, `A token that ${what}`)
  }
  await expectRefused(subject, liar.neverIssued(), 'An unknown token')
  const seconds = Math.min(liar.maxAge ?? 60, 60) + 3
  if (seconds > 10 && !subject.intrusive) {
    throw new NotApplicable(
      'Whether it asks again after a minute takes that long: allow it with --intrusive.',
    )
  }
  const unasked = liar.issueOpaque(claims)
  liar.revokeOpaque(good)
  const dead = comesTrue(
    seconds,
    async () => !isServed(await present(subject, good)),
  )
  expect(
    await dead,
    `${seconds} s after a token was revoked, it is taken on the word before.`,
  )
  liar.setDown(true)
  try {
    const answer = await present(subject, unasked)
    expect(
      !isServed(answer),
      `While nobody can be asked, a token was answered ${said(answer)}.`,
    )
  } finally {
    await bringBack(liar)
  }
}

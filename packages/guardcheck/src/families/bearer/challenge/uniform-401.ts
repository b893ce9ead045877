import { tellLie } from '../../../liar/lies.ts'
import type { Probe } from '../../../probe/request.ts'
import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import { expectAlike } from '../../ask/alike.ts'
import { ask, isServed, said, wrongSecret } from '../../ask/answer.ts'
import { asvsChapters } from '../../sources.ts'

export const uniform401: Property = {
  id: 'bearer/uniform-401',
  claim: {
    en: 'wrong tokens of every kind get the same answer',
    ja: 'どのような誤りのトークンにも、同じレスポンスが返る',
  },
  source: [asvsChapters.authentication, asvsChapters.errors],
  owasp: ['MCP07'],
  level: 'policy',
  since: 1,
  needs: [],
  advice: {
    en: 'Say `invalid_token` and no more, whether a token is unknown, expired or meant for somebody else; write the reason where only you read it.',
    ja: '未知でも、期限切れでも、ほかの宛先のものでも、`invalid_token`以上のことは答えません。理由は自分だけが読めるログに書きます。',
  },
  check: refusesAlike,
}

/** An expired token, as far as anyone can see who does not know its issuer. */
const expiredJwt = (algorithm: string, signature: string) => {
  const part = (value: object) =>
    Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = part({ alg: algorithm, typ: 'at+jwt' })
  return `${header}.${part({ sub: 'guardcheck', exp: 1 })}.${signature}`
}

/** Wrong tokens of every kind get one and the same answer. */
async function refusesAlike(subject: Subject): Promise<void> {
  const first = { secret: wrongSecret }
  const answer = await ask(subject, first)
  expect(
    answer.status >= 400 && answer.status < 500,
    `A wrong token was answered ${said(answer)}, not 401.`,
  )
  const others: [name: string, probe: Probe][] = [
    ['A UUID', { secret: '6f6e6c79-2061-4578-a16d-706c65210000' }],
    ['A short token', { secret: 'x' }],
    ['An expired JWT', { secret: expiredJwt('HS256', 'c2lnbmF0dXJl') }],
    ['An unsigned JWT', { secret: expiredJwt('none', '') }],
  ]
  for (const secret of subject.deadTokens ?? []) {
    others.push(['A token that was good once', { secret }])
  }
  if (subject.token && subject.token.length > 1) {
    const secret = subject.token.slice(0, -1)
    subject.hide(secret)
    others.push(['A valid token without its last character', { secret }])
  }
  for (const lie of ['expired', 'wrong-audience', 'own-key'] as const) {
    const claims = { aud: subject.url.href }
    const secret = await subject.liar?.lie(lie, claims)
    if (secret === undefined) continue
    subject.hide(secret)
    // That it is refused is the matter of properties of its own.
    if (isServed(await ask(subject, { secret }))) continue
    others.push([tellLie(lie), { secret }])
  }
  await expectAlike(subject, first, others)
}

import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import { enterHonestly } from '../../ask/access-tokens.ts'
import { ask, said } from '../../ask/answer.ts'
import { hintsOf } from '../../ask/challenges.ts'
import { learnNeeded, requireEffect } from '../../ask/effect.ts'
import { authorization, rfc } from '../../sources.ts'

export const expiredBeforeScope: Property = {
  id: 'resource/expired-before-scope',
  claim: {
    en: 'a token that has expired and lacks a scope is answered 401, not 403',
    ja: '期限切れでスコープも足りないトークンには、403ではなく401を返す',
  },
  source: [authorization('token-handling'), rfc(6750, '3.1')],
  owasp: ['MCP07'],
  level: 'must',
  since: 3,
  needs: ['lying-issuer'],
  advice: {
    en: 'Verify the token first and look at its scopes afterwards, or a client steps up for ever.',
    ja: 'まずトークンを検証し、スコープはそのあとで見ます。逆だと、クライアントがいつまでも権限を求め続けます。',
  },
  check: expiresFirst,
}

async function expiresFirst(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const { name, arguments: given, count } = requireEffect(subject)
  await learnNeeded(subject)
  const before = await count()
  const claims = { aud: subject.url.href, scope: '' }
  const secret = await liar.lie('expired', claims)
  subject.hide(secret)
  const params = { name, arguments: given }
  const answer = await ask(subject, {
    secret,
    body: { jsonrpc: '2.0', id: 7, method: 'tools/call', params },
  })
  expect((await count()) === before, `An expired token ran ${name}.`)
  expect(
    answer.status === 401,
    `An expired token without the scope was answered ${said(answer)}, not 401.`,
  )
  const error = hintsOf(answer).get('error')
  expect(
    error === 'invalid_token',
    `The challenge says error=${error}, not invalid_token.`,
  )
}

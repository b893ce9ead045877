import type { Subject } from '../../../probe/subject.ts'
import { faultOf } from '../../../probe/text/challenge.ts'
import { expect, type Property } from '../../../property.ts'
import { ask, said, wrongSecret } from '../../ask/answer.ts'
import { challengeOf } from '../../ask/challenges.ts'
import { oauth21, rfc } from '../../sources.ts'

export const challengeWellformed: Property = {
  id: 'bearer/challenge-wellformed',
  claim: {
    en: 'every challenge keeps to the grammar, whatever was sent',
    ja: '何が送られてきても、チャレンジは文法どおりに組み立てられる',
  },
  source: [rfc(6750, '3'), rfc(9110, '11.6.1'), oauth21('5.3.1')],
  owasp: ['MCP07'],
  level: 'must',
  since: 1,
  needs: [],
  advice: {
    en: 'Build the challenge from constants. A message that was written for people, with a quote or an umlaut in it, breaks the header when it is copied there.',
    ja: 'チャレンジは定数だけで組み立てます。人に向けたメッセージをそのまま入れると、引用符や日本語が1つあるだけでヘッダーが壊れます。',
  },
  check: keepsTheGrammar,
}

/** Every challenge that can be provoked keeps to the grammar. */
async function keepsTheGrammar(subject: Subject): Promise<void> {
  const credentials = [
    undefined,
    `Bearer ${wrongSecret}`,
    ...(subject.deadTokens ?? []).map((secret) => `Bearer ${secret}`),
    'Basic Z3VhcmRjaGVjazp3cm9uZw==',
    'Bearer',
    `Bearer ${wrongSecret} junk`,
    'Bearer say "quote"',
    'Bearer say"quote"',
    'Bearer back\\slash',
    'Bearer caf\xe9',
    'Bearer comma,error="x"',
  ]
  for (const credential of credentials) {
    const headers: [string, string][] = credential
      ? [['Authorization', credential]]
      : []
    const answer = await ask(subject, { headers })
    const challenge = challengeOf(answer)
    if (!credential) {
      expect(
        answer.status === 401,
        `No credential was answered ${said(answer)}, not with a challenge.`,
      )
    }
    expect(
      answer.status !== 401 || challenge !== '',
      'A 401 has no WWW-Authenticate header.',
    )
    const fault = challenge === '' ? undefined : faultOf(challenge)
    expect(!fault, `WWW-Authenticate is malformed: ${fault}.`)
  }
}

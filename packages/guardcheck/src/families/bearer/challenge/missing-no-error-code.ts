import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import { ask, said } from '../../ask/answer.ts'
import { bearerChallenges, challengeOf } from '../../ask/challenges.ts'
import { oauth21, rfc } from '../../sources.ts'

export const missingNoErrorCode: Property = {
  id: 'bearer/missing-no-error-code',
  claim: {
    en: 'whoever sent no Bearer credential is told of no error in the challenge',
    ja: 'Bearerの資格情報を送っていない相手へのチャレンジは、エラーコードを含まない',
  },
  source: [rfc(6750, '3.1'), oauth21('5.3.2')],
  owasp: ['MCP07'],
  level: 'should',
  since: 1,
  needs: [],
  advice: {
    en: 'Leave `error` and `error_description` out unless a Bearer token was sent: a client that gets `invalid_token` may throw a token away that it never presented.',
    ja: 'Bearerトークンが送られてきたときだけ`error`と`error_description`を付けます。提示していないのに`invalid_token`を返すと、クライアントは手元の有効なトークンを捨てかねません。',
  },
  check: namesNoError,
}

/** Whoever sent no Bearer credential made no error with it. */
async function namesNoError(subject: Subject): Promise<void> {
  const basic: [string, string] = [
    'Authorization',
    'Basic Z3VhcmRjaGVjazp3cm9uZw==',
  ]
  for (const headers of [[], [basic]]) {
    const sent = headers.length === 0 ? 'no credential' : 'a Basic credential'
    const answer = await ask(subject, { headers })
    expect(
      answer.status >= 400 && answer.status < 500,
      `A request with ${sent} was answered ${said(answer)}, not 401.`,
    )
    const [named] = bearerChallenges(answer)
      ?.flatMap(({ params }) => [...params.keys()])
      .filter((name) => name.startsWith('error')) ??
      /\berror\w*(?= *=)/i.exec(challengeOf(answer)) ?? [undefined]
    expect(named === undefined, `The challenge to ${sent} names an ${named}.`)
  }
}

import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import { ask, guardedToken, said, wrongSecret } from '../../ask/answer.ts'
import { authorization, rfc } from '../../sources.ts'

export const malformed400: Property = {
  id: 'bearer/malformed-400',
  claim: {
    en: 'a malformed Bearer header is never accepted',
    ja: '文法に合わないBearerヘッダーは決して受け入れられない',
  },
  source: [rfc(6750, '2.1'), rfc(6750, '3.1'), authorization('error-handling')],
  owasp: ['MCP07'],
  level: 'should',
  since: 1,
  needs: ['token'],
  advice: {
    en: 'Match the whole header with its grammar, `/^Bearer +([\\w.~+/-]+=*)$/i`, instead of splitting it, and answer the rest `400` with `error="invalid_request"`.',
    ja: '`split`で切り分けず、ヘッダー全体を文法`/^Bearer +([\\w.~+/-]+=*)$/i`と照合します。合わないものには`error="invalid_request"`を付けて`400`を返します。',
  },
  check: refusesMalformed,
}

/** A header that only resembles the grammar opens nothing. */
async function refusesMalformed(subject: Subject): Promise<void> {
  const token = await guardedToken(subject)
  const malformed: [name: string, value: string][] = [
    ['Bearer without a token', 'Bearer'],
    ['Bearer with a word after the token', `Bearer ${token} junk`],
    ['Bearer with a word before the token', `Bearer junk ${token}`],
    ['Bearer twice before the token', `Bearer Bearer ${token}`],
    ['Bearer with two tokens', `Bearer ${token},${wrongSecret}`],
    ['Bearer with a list of two', `Bearer ${token}, Bearer ${wrongSecret}`],
    ['Bearer with the token in quotes', `Bearer "${token}"`],
    ['Bearer with a sign after the token', `Bearer ${token};`],
    ['Bearer and the token without a space', `Bearer${token}`],
    ['Bearer with a colon', `Bearer: ${token}`],
    ['Bearer with an equals sign', `Bearer=${token}`],
    ['Bearer with no token68', 'Bearer @@@'],
  ]
  for (const [name, value] of malformed) {
    const headers: [string, string][] = [['Authorization', value]]
    const answer = await ask(subject, { headers })
    expect(
      answer.status >= 400 && answer.status < 500,
      `${name} was answered ${said(answer)}, not 400 or 401.`,
    )
  }
}

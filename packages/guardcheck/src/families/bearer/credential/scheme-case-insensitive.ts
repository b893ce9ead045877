import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import {
  ask,
  guardedToken,
  isServed,
  said,
  wrongSecret,
} from '../../ask/answer.ts'
import { oauth21, rfc } from '../../sources.ts'

export const schemeCaseInsensitive: Property = {
  id: 'bearer/scheme-case-insensitive',
  claim: {
    en: 'the scheme is read in any case and before any number of spaces',
    ja: 'スキームは大文字小文字を問わず、続く空白がいくつでも読み取られる',
  },
  source: [rfc(9110, '11.1'), rfc(6750, '2.1'), oauth21('5.1.1')],
  owasp: ['MCP07'],
  level: 'must',
  since: 1,
  needs: ['token'],
  advice: {
    en: 'Compare the scheme without regard to case and allow one space or more after it; the token itself keeps its case.',
    ja: 'スキームは大文字小文字を区別せずに比べ、後ろの空白は1個以上を許します。トークンの大文字小文字は区別したままにします。',
  },
  check: readsEveryCase,
}

/** Case and spaces after the scheme are free, for right and wrong tokens. */
async function readsEveryCase(subject: Subject): Promise<void> {
  const token = await guardedToken(subject)
  for (const scheme of ['bearer', 'BEARER', 'bEaReR', 'Bearer  ']) {
    const present = (secret: string) =>
      ask(subject, { headers: [['Authorization', `${scheme} ${secret}`]] })
    const wrong = await present(wrongSecret)
    expect(!isServed(wrong), `“${scheme} ” let a wrong token in.`)
    const right = await present(token)
    expect(
      isServed(right),
      `“${scheme} ” before a valid token was answered ${said(right)}.`,
    )
  }
}

import type { Subject } from '../../probe/subject.ts'
import { expect, type Property } from '../../property.ts'
import { answered, codeOf, openTrusted, outcomeOf } from '../ask/hold-issuer.ts'
import { oauth21, rfc } from '../sources.ts'

export const pkceRequiredS256: Property = {
  id: 'issuer/pkce-required-s256',
  claim: {
    en: 'no code is given without an S256 challenge, and none is traded without its verifier',
    ja: 'S256のチャレンジなしに認可コードは渡されず、対応する検証値なしにトークンへ換えられない',
  },
  source: [oauth21('4.1.1'), oauth21('4.1.3'), rfc(9700, '2.1.1')],
  owasp: ['MCP07'],
  level: 'must',
  since: 3,
  needs: ['issuer'],
  advice: {
    en: 'Require code_challenge with method S256 of every client, and compare the verifier at the token endpoint.',
    ja: 'すべてのクライアントにcode_challengeとS256を求め、トークンエンドポイントで検証値を照合します。',
  },
  check: requiresPkce,
}

async function requiresPkce(subject: Subject): Promise<void> {
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

import type { Subject } from '../../../probe/subject.ts'
import type { Property } from '../../../property.ts'
import {
  claimsFor,
  enterHonestly,
  expectLiesRefused,
  expectRefused,
  expectTaken,
} from '../../ask/access-tokens.ts'
import { rfc } from '../../sources.ts'

export const typAtJwt: Property = {
  id: 'resource/typ-at-jwt',
  claim: {
    en: 'only an access token is one: an ID token opens nothing',
    ja: 'アクセストークンだけが通用し、IDトークンでは何もできない',
  },
  source: [rfc(9068, '4'), rfc(8725, '3.11')],
  owasp: ['MCP07'],
  level: 'must',
  since: 3,
  needs: ['lying-issuer'],
  advice: {
    en: 'Demand `typ: at+jwt` in the header; where an issuer does not write it, let the audience tell access tokens from ID tokens.',
    ja: 'ヘッダーの`typ: at+jwt`を必須とします。それを書かない発行者では、アクセストークンとIDトークンの宛先（aud）を分けます。',
  },
  check: takesAccessTokensOnly,
}

async function takesAccessTokensOnly(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  await expectLiesRefused(subject, liar, ['id-token'])
  const claims = claimsFor(subject)
  for (const typ of [undefined, 'JWT', 'logout+jwt', 'at+jwt2']) {
    const secret = await liar.mint(claims, { typ })
    await expectRefused(subject, secret, `A token of the type ${typ}`)
  }
  const long = await liar.mint(claims, { typ: 'application/at+jwt' })
  await expectTaken(subject, long, 'A token of the type application/at+jwt')
}

import type { Subject } from '../../../probe/subject.ts'
import type { Property } from '../../../property.ts'
import {
  claimsFor,
  enterHonestly,
  expectRefused,
} from '../../ask/access-tokens.ts'
import { rfc } from '../../sources.ts'

export const issExact: Property = {
  id: 'resource/iss-exact',
  claim: {
    en: 'a token of another issuer, or of one with nearly the same name, opens nothing',
    ja: '別の発行者や、よく似た名前の発行者のトークンでは、何もできない',
  },
  source: [rfc(9068, '4')],
  owasp: ['MCP07'],
  level: 'must',
  since: 3,
  needs: ['lying-issuer'],
  advice: {
    en: 'Compare `iss` with the configured issuer as a string; do not add or take away a slash.',
    ja: '`iss`は設定した発行者と文字列として比べます。スラッシュを足したり取ったりしません。',
  },
  check: comparesIssuer,
}

async function comparesIssuer(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const strangers: Record<string, unknown> = {
    'no issuer': undefined,
    'another issuer': 'https://other.example',
    'the issuer with a slash': `${liar.url}/`,
    'the issuer in capitals': liar.url.toUpperCase(),
    'a name that begins alike': `${liar.url}.evil.example`,
    'a path below the issuer': `${liar.url}/evil`,
  }
  for (const [what, iss] of Object.entries(strangers)) {
    const secret = await liar.mint({ ...claimsFor(subject), iss })
    await expectRefused(subject, secret, `A token that names ${what}`)
  }
}

import type { Subject } from '../../../probe/subject.ts'
import type { Property } from '../../../property.ts'
import {
  claimsFor,
  enterHonestly,
  expectRefused,
  expectTaken,
} from '../../ask/access-tokens.ts'
import { authorization, rfc } from '../../sources.ts'

export const audBound: Property = {
  id: 'resource/aud-bound',
  claim: {
    en: 'a token that is meant for another server opens nothing',
    ja: '別のサーバーを宛先とするトークンでは、何もできない',
  },
  source: [authorization('token-handling'), rfc(8707, '2'), rfc(9068, '4')],
  owasp: ['MCP01', 'MCP07'],
  level: 'must',
  since: 3,
  needs: ['lying-issuer'],
  advice: {
    en: 'Compare `aud` with your own URL as a whole string, one element of the list by one; never by its beginning or its host.',
    ja: '`aud`は自分のURLと文字列全体で比べます（配列なら要素ごと）。先頭やホスト名だけで比べてはいけません。',
  },
  check: bindsAudience,
}

async function bindsAudience(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const { href, origin, host } = subject.url
  const strangers: Record<string, unknown> = {
    'no audience': undefined,
    'another server': 'https://other.example/mcp',
    'the origin alone': origin,
    'a path below': `${href}/sub`,
    'a longer path': `${href}x`,
    'a name that ends alike': href.replace(host, `evil-${host}`),
    'a name that begins alike': href.replace(host, `${host}.evil.example`),
    'a list of others': ['https://other.example/mcp', origin],
    'an empty list': [],
    'a list in a list': [[href]],
    'the issuer': liar.url,
    // An ID token is meant for its client (OpenID Connect Core §2).
    'the client that the server is at its issuer': liar.client.id,
    'the client that it was issued to': 'guardcheck',
    'another scheme': href.replace(/^https?:/, 'mcp:'),
    'the same in capitals': href.toUpperCase(),
    'the same with a query': `${href}?`,
    'the same behind a blank': ` ${href}`,
  }
  for (const [what, aud] of Object.entries(strangers)) {
    const secret = await liar.mint({ ...claimsFor(subject), aud })
    await expectRefused(subject, secret, `A token for ${what}`)
  }
  const aud = ['https://other.example/mcp', href]
  const both = await liar.mint({ ...claimsFor(subject), aud })
  await expectTaken(subject, both, 'A token for this server and another one')
}

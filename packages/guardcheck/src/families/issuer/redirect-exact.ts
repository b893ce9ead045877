import type { Subject } from '../../probe/subject.ts'
import { expect, type Property } from '../../property.ts'
import { openTrusted, type Trusted } from '../ask/hold-issuer.ts'
import { oauth21, rfc } from '../sources.ts'

export const redirectExact: Property = {
  id: 'issuer/redirect-exact',
  claim: {
    en: 'a client or redirect URI that is not registered exactly so is never redirected to',
    ja: '登録と完全に一致しないクライアントやリダイレクトURIへは、決してリダイレクトしない',
  },
  source: [oauth21('2.3.1'), oauth21('4.1.2.1'), rfc(9700, '4.1.3')],
  owasp: ['MCP01', 'MCP07'],
  level: 'must',
  since: 3,
  needs: ['issuer'],
  advice: {
    en: 'Compare redirect URIs as strings; only the port of a loopback address may differ. Show a page for the rest, with no Location.',
    ja: 'リダイレクトURIは文字列として比べ、ループバックアドレスのポートだけ違いを許します。それ以外はLocationを返さず、エラーページを見せます。',
  },
  check: matchesRedirects,
}

async function matchesRedirects(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  const { redirectUri } = authority.hold
  const registered = await authority.open()
  expect(
    registered.status === 200,
    `The registered redirect URI was answered ${registered.status || 'with a redirect'}.`,
  )
  for (const uri of strangersOf(redirectUri)) {
    await expectPage(authority, { redirect_uri: uri }, uri)
  }
  const client_id = 'no-such-client'
  await expectPage(authority, { client_id }, 'an unknown client')
}

/** URIs that are nearly the registered one. */
function strangersOf(registered: string): string[] {
  const url = new URL(registered)
  const like = (change: Partial<URL>) =>
    Object.assign(new URL(url), change).href
  return [
    like({ pathname: `${url.pathname}/` }),
    like({ pathname: url.pathname.toUpperCase() }),
    like({ pathname: `${url.pathname}/../evil` }).replace('/evil', '/../evil'),
    like({ search: '?next=https://evil.example' }),
    like({ username: 'evil' }),
    registered.replace(url.hostname, `${url.hostname}.evil.example`),
    `https://evil.example/${url.pathname}`,
    `${registered}#evil`,
  ].filter((uri) => uri !== registered)
}

/** A page with an error, from which the browser is sent nowhere. */
async function expectPage(
  authority: Trusted,
  changes: Record<string, string>,
  what: string,
): Promise<void> {
  const { status, url, hops } = await authority.open(changes)
  expect(
    status >= 400 && hops.length === 0,
    status === 0
      ? `For ${what} the browser was sent to ${url.host}.`
      : `For ${what} the answer was ${hops[0] ?? status}, not a page with an error.`,
  )
}

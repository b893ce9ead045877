import type { Subject } from '../../probe/subject.ts'
import { expect, type Property } from '../../property.ts'
import { openRegistering, openTrusted } from '../ask/hold-issuer.ts'
import { rfc } from '../sources.ts'

export const redirectSafeScheme: Property = {
  id: 'issuer/redirect-safe-scheme',
  claim: {
    en: 'no client can register a redirect URI that is neither https nor on this machine',
    ja: 'httpsでもループバックでもないリダイレクトURIは、どのクライアントも登録できない',
  },
  source: [rfc(9700, '2.6'), rfc(7591, '3.2.2')],
  owasp: ['MCP01'],
  level: 'must',
  since: 3,
  needs: ['issuer'],
  slow: true,
  advice: {
    en: 'At registration, take https URIs and http ones of a loopback address, without a fragment, and refuse all others with invalid_redirect_uri.',
    ja: '登録時に、フラグメントのないhttpsのURIとループバックのhttpだけを受け付け、それ以外はinvalid_redirect_uriで断ります。',
  },
  check: refusesSchemes,
}

async function refusesSchemes(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  const registering = await openRegistering(authority, subject)
  try {
    const register = (uri: string) =>
      registering.register({ redirect_uris: [uri] })
    const fine = await register('https://client.example/callback')
    expect(
      fine.status === 201,
      `An https redirect URI was answered ${fine.status}, not 201.`,
    )
    for (const uri of [
      'http://evil.example/callback',
      'http://127.0.0.1.evil.example/callback',
      'http://evillocalhost/callback',
      'https://client.example\\@evil.example/callback',
      'https://client.example/call\nback',
      'javascript:alert(1)',
      'data:text/html,evil',
      'https://client.example/callback#evil',
    ]) {
      const { status } = await register(uri)
      expect(
        status === 400,
        `The redirect URI ${JSON.stringify(uri)} was answered ${status}.`,
      )
    }
  } finally {
    await registering.stop()
  }
}

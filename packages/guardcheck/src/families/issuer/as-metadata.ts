import type { Subject } from '../../probe/subject.ts'
import { expect, type Property } from '../../property.ts'
import {
  createExchange,
  metadataUrls,
  readJson,
} from '../../sign-in/authority.ts'
import { findHold } from '../ask/hold-issuer.ts'
import { rfc } from '../sources.ts'

export const asMetadata: Property = {
  id: 'issuer/as-metadata',
  claim: {
    en: 'the authorization server describes itself under its exact name, over https, with PKCE by S256 only',
    ja: '認可サーバーは、自分の正確な名前で、httpsで、PKCEはS256だけと、自分を説明している',
  },
  source: [rfc(8414, '3'), rfc(8414, '3.3')],
  owasp: ['MCP07'],
  level: 'must',
  since: 3,
  needs: ['issuer'],
  advice: {
    en: 'Serve /.well-known/oauth-authorization-server with `issuer` equal, character by character, to what the resource metadata says; list only S256, and no implicit or password grant.',
    ja: '/.well-known/oauth-authorization-serverの`issuer`を、リソース側のメタデータと1文字も違わない値にします。S256だけを載せ、implicitとpasswordは載せません。',
  },
  check: describesItself,
}

async function describesItself(subject: Subject): Promise<void> {
  const hold = await findHold(subject)
  const send = createExchange(hold.ca)
  expect(
    hold.issuer.startsWith('https://'),
    `The issuer is ${hold.issuer}, without https.`,
  )
  let found = 0
  for (const url of metadataUrls(hold.issuer)) {
    const { status, body } = await send(url)
    if (status === 404) continue
    found += 1
    expect(status === 200, `GET ${url} was answered ${status}.`)
    const metadata = readJson(body)
    expectMetadata(metadata, hold.issuer)
    const uri = `${metadata.jwks_uri}`
    expect(URL.canParse(uri), 'The metadata has no jwks_uri.')
    expectPublic((await send(uri)).body)
  }
  expect(found > 0, `${hold.issuer} has no metadata.`)
}

function expectMetadata(metadata: Record<string, unknown>, issuer: string) {
  expect(
    metadata.issuer === issuer,
    `The metadata is that of ${metadata.issuer}, and not of ${issuer}.`,
  )
  const listed = (name: string) => [metadata[name] ?? []].flat().map(String)
  const methods = listed('code_challenge_methods_supported')
  expect(
    methods.join() === 'S256',
    `The challenge methods are ${methods.join(', ') || 'not listed'}, not S256 alone.`,
  )
  const old = [
    ...listed('grant_types_supported'),
    ...listed('response_types_supported'),
  ].filter((name) => /^(implicit|password)$|\btoken\b/.test(name))
  const spared = old.filter((name) => name !== 'refresh_token')
  expect(spared.length === 0, `The metadata offers ${spared.join(', ')}.`)
}

/** Keys are published, and none of them with its private part. */
function expectPublic(body: string): void {
  const { keys } = readJson(body)
  expect(Array.isArray(keys) && keys.length > 0, 'There is no key at jwks_uri.')
  const secret = keys.some(
    (key: object) => 'd' in key || 'k' in key || 'p' in key,
  )
  expect(!secret, 'There is a private key at jwks_uri.')
}

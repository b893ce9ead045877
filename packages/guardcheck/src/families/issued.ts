import type { Subject } from '../probe/subject.ts'
import { expect, NotApplicable } from '../property.ts'
import { createExchange, metadataUrls, readJson } from '../sign-in/authority.ts'
import { isServed } from './ask/answer.ts'
import {
  answered,
  codeOf,
  dies,
  findHold,
  grantOf,
  openTrusted,
  outcomeOf,
  type Trusted,
} from './ask/hold-issuer.ts'

export async function describesItself(subject: Subject): Promise<void> {
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

export async function namesAudience(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  const granted = await grantOf(authority, subject)
  expect(
    isServed(await subject.send({ secret: granted.access })),
    'The server does not take a token of its authorization server.',
  )
  await expectAudience(authority, granted.access, subject.url.href)
  for (const resource of [
    'https://unknown.example/mcp',
    `${subject.url.href}#evil`,
    '/mcp',
  ]) {
    const { code, error } = await outcomeOf(authority, { resource })
    expect(code === '', `A code was given for the resource ${resource}.`)
    expect(
      ['invalid_target', 'invalid_request', 'page'].includes(error),
      `The resource ${resource} was refused with ${error}, not invalid_target.`,
    )
  }
  await expectUntold(authority, granted.access)
  const { otherResource } = authority.hold
  if (!otherResource) return
  const { asked, code } = await codeOf(authority)
  const changed = await authority.redeem(code, asked, {
    resource: otherResource,
  })
  expect(
    changed.status >= 400,
    `A code for one resource was traded for another: ${answered(changed)}.`,
  )
}

/** Another resource server learns nothing of a token that is not for it. */
async function expectUntold(
  { hold, metadata, post }: Trusted,
  token: string,
): Promise<void> {
  const { otherIntrospection: other } = hold
  if (!other || token.split('.').length > 1) return
  const basic = Buffer.from(`${other.id}:${other.secret}`).toString('base64')
  const endpoint = `${metadata.introspection_endpoint}`
  const form = new URLSearchParams({ token })
  const authorization: [string, string] = ['Authorization', `Basic ${basic}`]
  const { body } = await post(endpoint, form, [authorization])
  expect(
    readJson(body).active !== true,
    'A resource server is told what a token for another one is worth.',
  )
}

/** A token says whom it is meant for, or its issuer does. */
async function expectAudience(
  { hold, metadata, post }: Trusted,
  token: string,
  resource: string,
): Promise<void> {
  const [, claims] = token.split('.')
  let audience: unknown
  if (claims) {
    audience = JSON.parse(Buffer.from(claims, 'base64url').toString()).aud
  } else if (hold.introspection) {
    const endpoint = `${metadata.introspection_endpoint}`
    const { id, secret } = hold.introspection
    const basic = Buffer.from(`${id}:${secret}`).toString('base64')
    const { body } = await post(endpoint, new URLSearchParams({ token }), [
      ['Authorization', `Basic ${basic}`],
    ])
    audience = JSON.parse(body).aud
  } else {
    throw new NotApplicable('Nobody but the server may ask about its tokens.')
  }
  expect(
    [audience].flat().join() === resource,
    `A token for ${resource} is meant for ${audience}.`,
  )
}

export async function revokes(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  const { hold, revoke } = authority
  const mine = await grantOf(authority, subject)
  const other = await grantOf(authority, subject)
  // What is kept of `other` is older: it has to be asked about by the time
  // that `mine` is seen to be dead.
  for (const { access } of [other, mine]) {
    expect(
      isServed(await subject.send({ secret: access })),
      'The server does not take a token of its authorization server.',
    )
  }
  const unknown = await revoke('no-such-token')
  expect(
    unknown.status === 200,
    `Revoking an unknown token was answered ${unknown.status}, not 200.`,
  )
  if (hold.otherClientId) await revoke(other.access, hold.otherClientId)
  const { status } = await revoke(mine.refresh || mine.access)
  expect(status === 200, `A revocation was answered ${status}, not 200.`)
  expect(
    await dies(subject, mine.access),
    'A revoked token is still taken by the server.',
  )
  expect(
    isServed(await subject.send({ secret: other.access })),
    'Revoking one token has ended another one.',
  )
}

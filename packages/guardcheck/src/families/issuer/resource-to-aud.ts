import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../property.ts'
import { readJson } from '../../sign-in/authority.ts'
import { isServed } from '../ask/answer.ts'
import {
  answered,
  codeOf,
  grantOf,
  openTrusted,
  outcomeOf,
  type Trusted,
} from '../ask/hold-issuer.ts'
import { rfc } from '../sources.ts'

export const resourceToAud: Property = {
  id: 'issuer/resource-to-aud',
  claim: {
    en: 'a token is meant for the resource that was asked for, and no other resource can be had',
    ja: 'トークンは求められたリソースだけを宛先とし、知らないリソース向けには発行されない',
  },
  source: [rfc(8707, '2'), rfc(8707, '2.2')],
  owasp: ['MCP07'],
  level: 'must',
  since: 3,
  needs: ['issuer'],
  advice: {
    en: 'Turn `resource` into `aud`, at /authorize and at /token alike; refuse an unknown, relative or changed one with invalid_target.',
    ja: '/authorizeでも/tokenでも`resource`を`aud`にします。知らない値、相対URL、途中で変わった値はinvalid_targetで断ります。',
  },
  check: namesAudience,
}

async function namesAudience(subject: Subject): Promise<void> {
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

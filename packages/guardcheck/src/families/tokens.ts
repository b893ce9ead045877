import type { Claims, LieName, LyingIssuer } from '../liar.ts'
import { lies } from '../liar.ts'
import { expect, NotApplicable } from '../property.ts'
import type { Subject } from '../subject.ts'
import { isServed, said } from './probes.ts'

/** The authorization server that the subject trusts, and that lies for us. */
export function requireLiar({ liar }: Subject): LyingIssuer {
  if (liar) return liar
  throw new NotApplicable('It needs an authorization server that lies.')
}

/** What an honest token says to this subject: everything it may be used for. */
export const claimsFor = ({ url }: Subject): Claims => ({
  aud: url.href,
  scope: 'documents:read customers:read stock:read refunds:write',
})

/**
 * Shows that an honest token is taken, so that a refusal means something.
 * @throws {Violation} when it is not
 */
export async function enterHonestly(subject: Subject): Promise<LyingIssuer> {
  const liar = requireLiar(subject)
  await expectTaken(
    subject,
    await liar.mint(claimsFor(subject)),
    'An honest token',
  )
  return liar
}

export async function expectTaken(
  subject: Subject,
  secret: string,
  what: string,
): Promise<void> {
  subject.hide(secret)
  const answer = await subject.send({ secret })
  expect(
    isServed(answer),
    `${what} of its authorization server is answered ${said(answer)}.`,
  )
}

export async function expectRefused(
  subject: Subject,
  secret: string,
  what: string,
): Promise<void> {
  subject.hide(secret)
  const answer = await subject.send({ secret })
  expect(
    answer.status === 401,
    `${what} was answered ${said(answer)}, not 401.`,
  )
}

async function expectLiesRefused(
  subject: Subject,
  liar: LyingIssuer,
  names: LieName[],
): Promise<void> {
  for (const name of names) {
    const secret = await liar.lie(name, claimsFor(subject))
    await expectRefused(subject, secret, sentence(lies[name].en))
  }
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

export async function bindsAudience(subject: Subject): Promise<void> {
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
    'the issuer': liar.url,
  }
  for (const [what, aud] of Object.entries(strangers)) {
    const secret = await liar.mint({ ...claimsFor(subject), aud })
    await expectRefused(subject, secret, `A token for ${what}`)
  }
  const aud = ['https://other.example/mcp', href]
  const both = await liar.mint({ ...claimsFor(subject), aud })
  await expectTaken(subject, both, 'A token for this server and another one')
}

export async function comparesIssuer(subject: Subject): Promise<void> {
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

export async function listsAlgorithms(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  await expectLiesRefused(subject, liar, [
    'none',
    'hmac-with-public-key',
    'own-key',
    'unlisted-algorithm',
  ])
  const honest = await liar.mint(claimsFor(subject))
  const [header = '', claims = ''] = honest.split('.')
  const none = { alg: 'nOnE', typ: 'at+jwt' }
  const spelled = Buffer.from(JSON.stringify(none)).toString('base64url')
  await expectRefused(subject, `${spelled}.${claims}.`, 'The algorithm nOnE')
  await expectRefused(subject, `${header}.${claims}.`, 'A cut-off signature')
}

export async function ignoresHeaderKeys(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  await expectLiesRefused(subject, liar, [
    'embedded-key',
    'key-url',
    'certificate-url',
    'unknown-extension',
    'path-as-key',
  ])
  expect(
    liar.hits.sink === 0,
    'A token made the server fetch a key from where it said.',
  )
}

export async function checksTimes(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  await expectLiesRefused(subject, liar, [
    'no-expiry',
    'expired',
    'not-yet-valid',
  ])
  const now = Math.floor(Date.now() / 1000)
  const future = { iat: now + 300, exp: now + 600 }
  const secret = await liar.mint({ ...claimsFor(subject), ...future })
  await expectRefused(subject, secret, 'A token issued five minutes from now')
}

export async function takesAccessTokensOnly(subject: Subject): Promise<void> {
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

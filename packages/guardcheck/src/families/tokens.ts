import {
  type Claims,
  type LyingIssuer,
  unlistedAlgorithms,
} from '../liar/issuer.ts'
import type { Subject } from '../probe/subject.ts'
import { expect } from '../property.ts'
import {
  claimsFor,
  enterHonestly,
  expectLiesRefused,
  expectRefused,
  expectTaken,
  present,
} from './ask/access-tokens.ts'
import { ask, isServed, said } from './ask/answer.ts'
import { keepAlive } from './ask/requests.ts'

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
  ])
  const claims = claimsFor(subject)
  const honest = await liar.mint(claims)
  const [, kid] = /"kid":"([^"]+)"/.exec(atob(honest.split('.')[0] ?? '')) ?? []
  const forms = await liar.publicKeyForms()
  for (const [form, key] of Object.entries(forms)) {
    const secret = liar.forge({ alg: 'HS256', typ: 'at+jwt', kid }, claims, key)
    await expectRefused(subject, secret, `HS256 with ${form} for a key`)
  }
  for (const alg of ['None', 'nOnE', 'NONE']) {
    const bare = liar.forge({ alg, typ: 'at+jwt', kid }, claims)
    await expectRefused(subject, bare, `The algorithm ${alg}`)
    await expectRefused(subject, `${bare}eA`, `The algorithm ${alg}, signed,`)
  }
  const cut = honest.slice(0, honest.lastIndexOf('.') + 1)
  await expectRefused(subject, cut, 'A token without its signature')
  await expectRefused(subject, `${cut}eA`, 'A signature of two characters')
  const taken: string[] = []
  for (const alg of unlistedAlgorithms) {
    const secret = await liar.signUnlisted(alg, claims)
    const answer = await present(subject, secret)
    if (isServed(answer)) taken.push(alg)
  }
  // Some of them may be in a list; who takes each of them has none.
  expect(
    taken.length < unlistedAlgorithms.length,
    `It takes whatever algorithm a token names: ${taken.join(', ')}.`,
  )
}

export async function ignoresHeaderKeys(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const before = liar.hits.sink
  await expectLiesRefused(subject, liar, [
    'embedded-key',
    'key-url',
    'certificate-url',
    'unknown-extension',
    'path-as-key',
  ])
  expect(
    liar.hits.sink === before,
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

/** Tokens that somebody can make of one that is good, without its issuer. */
async function resemble(
  liar: LyingIssuer,
  claims: Claims,
  good: string,
): Promise<[what: string, secret: string][]> {
  const [header = '', payload = '', signature = ''] = good.split('.')
  const write = (value: object) =>
    Buffer.from(JSON.stringify(value)).toString('base64url')
  const read = (part: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(part, 'base64url').toString())
  const said = read(payload)
  const wider = { ...said, sub: 'somebody-else', scope: `${said.scope} other` }
  const other = (await liar.mint(claims)).split('.')
  const first = signature.startsWith('A') ? 'B' : 'A'
  return [
    [
      'with a changed signature',
      `${header}.${payload}.${first}${signature.slice(1)}`,
    ],
    [
      'with half of its signature',
      `${header}.${payload}.${signature.slice(0, 43)}`,
    ],
    ['without its signature', `${header}.${payload}.`],
    ["with another token's signature", `${header}.${payload}.${other[2]}`],
    ['with more in it', `${header}.${write(wider)}.${signature}`],
    [
      'with a later end',
      `${header}.${write({ ...said, exp: Number(said.exp) + 60 })}.${signature}`,
    ],
    [
      'with a changed header',
      `${write({ ...read(header), cty: 'x' })}.${payload}.${signature}`,
    ],
    [
      'with its id, unsigned',
      liar.forge({ ...read(header), alg: 'none' }, said),
    ],
    ['with its id, signed by a stranger', await liar.lie('own-key', said)],
    ['with its id, for another server', await liar.lie('wrong-audience', said)],
  ]
}

/** The same of a token that says nothing. */
function resembleOpaque(good: string): [what: string, secret: string][] {
  const flipped = good.replace(/[a-z]/i, (letter) =>
    letter === letter.toLowerCase()
      ? letter.toUpperCase()
      : letter.toLowerCase(),
  )
  return [
    ['with a character more', `${good}A`],
    ['with a character more before it', `A${good}`],
    ['with a character less', good.slice(0, -1)],
    ['with one letter in another case', flipped],
    ['with its first half only', good.slice(0, good.length / 2)],
  ]
}

/** Whether what resembles it is judged before it or after it. */
export async function remembersWhole(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const claims = claimsFor(subject)
  const agent = keepAlive(subject)
  const look = async (good: string, kind: string, list: [string, string][]) => {
    subject.hide(good)
    for (const [what, secret] of list) {
      subject.hide(secret)
      for (const [token, isGood] of [
        [secret, false],
        [good, true],
        [secret, false],
        [good, true],
      ] as const) {
        const answer = await ask(subject, { secret: token, agent })
        const name = isGood ? kind : `${kind} ${what}`
        expect(
          isGood ? isServed(answer) : answer.status === 401,
          `${name} was answered ${said(answer)}.`,
        )
      }
    }
  }
  try {
    // Each time another one: nothing is known of it beforehand.
    for (let n = 0; ; n += 1) {
      const good = await liar.mint(claims)
      const list = await resemble(liar, claims, good)
      if (n >= list.length) break
      await look(good, 'A token just taken', list.slice(n, n + 1))
    }
    const opaque = liar.issueOpaque(claims)
    if (!isServed(await present(subject, opaque))) return
    for (let n = 0; ; n += 1) {
      const good = liar.issueOpaque(claims)
      const list = resembleOpaque(good)
      if (n >= list.length) break
      await look(good, 'An opaque token just taken', list.slice(n, n + 1))
    }
  } finally {
    agent.destroy()
  }
}

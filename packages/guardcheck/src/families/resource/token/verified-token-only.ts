import type { LyingIssuer } from '../../../liar/issuer.ts'
import type { Claims } from '../../../liar/mint.ts'
import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import { claimsFor, enterHonestly, present } from '../../ask/access-tokens.ts'
import { ask, isServed, said } from '../../ask/answer.ts'
import { keepAlive } from '../../ask/requests.ts'
import { rfc } from '../../sources.ts'

export const verifiedTokenOnly: Property = {
  id: 'resource/verified-token-only',
  claim: {
    en: 'what was verified counts for that very token, and for none that resembles it',
    ja: '検証の結果はそのトークンだけのもので、似たトークンには使われない',
  },
  source: [rfc(9068, '4'), rfc(7515, '5.2')],
  owasp: ['MCP01', 'MCP07'],
  level: 'must',
  since: 3,
  needs: ['lying-issuer'],
  advice: {
    en: 'Remember a verified token under a digest of the whole of it, never under its `jti`, its `sub` or what stands before its signature.',
    ja: '検証済みのトークンは、その全体のダイジェストをキーにして記憶します。`jti`や`sub`、署名より前の部分をキーにしてはいけません。',
  },
  check: remembersWhole,
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
      'with its name in other letters',
      `${header}.${write({ ...said, sub: `${said.sub}`.toUpperCase() })}.${signature}`,
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
async function remembersWhole(subject: Subject): Promise<void> {
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

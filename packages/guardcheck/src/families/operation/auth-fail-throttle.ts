import { randomBytes } from 'node:crypto'
import type { Answer } from '../../probe/answer.ts'
import type { Probe } from '../../probe/request.ts'
import { createSubject, type Subject } from '../../probe/subject.ts'
import { expect, type Property } from '../../property.ts'
import { isServed, said } from '../ask/answer.ts'
import { withAnother, withThrottle } from '../ask/hold-process.ts'
import { asvsSections, rfc } from '../sources.ts'

export const authFailThrottle: Property = {
  id: 'operation/auth-fail-throttle',
  claim: {
    en: 'whoever guesses tokens is slowed down, and whoever holds one never waits for it',
    ja: 'トークンを当てずっぽうに試す相手は待たされ、正しいトークンの持ち主は待たされない',
  },
  source: [
    rfc(6585, '4'),
    rfc(9110, '10.2.3'),
    asvsSections.authenticationGeneral,
    asvsSections.webServices,
  ],
  owasp: ['MCP01', 'MCP07'],
  level: 'policy',
  since: 3,
  needs: ['token', 'intrusive'],
  advice: {
    en: 'Count refused credentials only, per address of the connection (`X-Forwarded-For` only from your own proxy) and by nothing else that a caller chooses, and answer `429` with `Retry-After` above some twenty a minute. Let a valid token pass, and keep the count when one does.',
    ja: '拒否した資格情報だけを、接続元のアドレスごとに数えます（`X-Forwarded-For`は自分のプロキシからのものだけを信じます）。呼び出し元が選べるほかの値では数えません。1分に20回ほどを超えたら`Retry-After`付きの`429`を返します。正しいトークンは通し、通しても回数は戻しません。',
  },
  async check(subject) {
    await withThrottle(subject, async (server) => {
      const { token } = server
      const answers = await guess(server)
      const refused = answers.find(({ status }) => status === 429)
      expect(
        refused !== undefined,
        `${answers.length} wrong tokens in a row were answered ${said(answers.at(-1) as Answer)}: one may go on for ever.`,
      )
      const [wait = ''] = refused.header('retry-after')
      expect(
        Number(wait) > 0 || Date.parse(wait) > Date.now(),
        `Its 429 says ${wait ? `Retry-After: ${wait}` : 'not when to come back'}.`,
      )
      for (const name of addressHeaders) {
        const value = `203.0.113.${1 + Math.floor(Math.random() * 250)}`
        const headers: [string, string][] = [
          [name, name === 'Forwarded' ? `for=${value}` : value],
        ]
        const answer = await server.send({ secret: wrong(server), headers })
        expect(
          answer.status === 429,
          `With ${name}: ${value} the same guesser is answered ${said(answer)} again.`,
        )
      }
      for (const [what, probe] of disguises(server)) {
        const answer = await server.send(probe)
        // Where nothing is served, nothing is guessed.
        expect(
          answer.status !== 401 && !isServed(answer),
          `With ${what} the same guesser is answered ${said(answer)} again.`,
        )
      }
      const honest = await server.send({ secret: token })
      expect(
        isServed(honest),
        `After the guesses of another a valid token is answered ${said(honest)}.`,
      )
      const again = await server.send({ secret: wrong(server) })
      expect(
        again.status === 429,
        `After a valid token from the same address a wrong one is answered ${said(again)} again.`,
      )
      await expectApart(server)
    })
    await expectPortsAlike(subject)
  },
}

/** Wrong tokens that are sent at most before a server has to lose patience. */
const mostGuesses = 100

/** Headers in which anyone may write an address. */
const addressHeaders = [
  'X-Forwarded-For',
  'Forwarded',
  'X-Real-IP',
  'X-Client-IP',
  'CF-Connecting-IP',
  'True-Client-IP',
]

/** The same guess in what else a caller may choose. */
function disguises(server: Subject): [what: string, probe: Probe][] {
  const { pathname } = server.url
  const secret = wrong(server)
  const spelled = (target: string): [string, Probe] => [
    `the path ${target}`,
    { secret, target },
  ]
  return [
    ['another User-Agent', { secret, headers: [['User-Agent', randomName()]] }],
    [
      'another Accept-Language',
      { secret, headers: [['Accept-Language', 'ja']] },
    ],
    ['a session id', { secret, headers: [['Mcp-Session-Id', randomName()]] }],
    ['a token of another form', { secret: randomName() }],
    ['a token with another beginning', { secret: `${randomName()}-${secret}` }],
    [
      'a token that looks like a JWT',
      { secret: `eyJhbGciOiJub25lIn0.e30.${randomName()}` },
    ],
    ['GET', { secret, method: 'GET', body: null }],
    ['DELETE', { secret, method: 'DELETE', body: null }],
    spelled(`${pathname}/`),
    spelled(pathname.toUpperCase()),
    spelled(`${pathname}?guardcheck`),
    spelled(
      pathname.replace(/.$/, (end) => `%${end.charCodeAt(0).toString(16)}`),
    ),
  ]
}

const randomName = () => randomBytes(9).toString('hex')

/** A secret of its own for each guess, in the form of a real one. */
function wrong({ keys, hide }: Subject): string {
  const secret = keys?.createSecret() ?? randomBytes(32).toString('hex')
  hide(secret)
  return secret
}

/** Wrong tokens until one is answered 429, or all are spent. */
async function guess(server: Subject): Promise<Answer[]> {
  const answers: Answer[] = []
  while (answers.length < mostGuesses) {
    const batch = Array.from({ length: 5 }, () =>
      server.send({ secret: wrong(server) }),
    )
    answers.push(...(await Promise.all(batch)))
    // Who holds a token as well has not guessed less.
    await server.send({ secret: server.token })
    if (answers.some(({ status }) => status === 429)) break
  }
  return answers
}

/**
 * Asserts that the guesses of one address are not counted against another:
 * whoever's token has expired there needs the 401 to renew it. Only where
 * this machine has another address of its own to come from.
 */
async function expectApart(server: Subject): Promise<void> {
  if (!/^(localhost|127\.[\d.]+)$/.test(server.url.hostname)) return
  const elsewhere = { secret: wrong(server), from: '127.0.0.29' }
  const answer = await server.send(elsewhere)
  expect(
    answer.status !== 429,
    'The guesses of one address use up the patience with every other.',
  )
}

/**
 * Asserts that a caller whose proxy writes the port as well is one caller
 * still: some gateways do, and a port is as good as any to who guesses.
 */
async function expectPortsAlike(subject: Subject): Promise<void> {
  const { proxied, throttle } = subject
  if (!proxied) return
  await withAnother(subject, { ...throttle, ...proxied }, async (another) => {
    expect('started' in another, 'It did not start behind a proxy.')
    const { url: named } = another.started
    const url = new URL(named)
    url.protocol = 'http:'
    const server = createSubject({ ...subject, url })
    const guessFrom = async (address: string) => {
      const headers: [string, string][] = [
        ['X-Forwarded-Proto', 'https'],
        ['Host', named.host],
        ['X-Forwarded-For', address],
      ]
      return (await server.send({ secret: wrong(subject), headers })).status
    }
    const statuses: number[] = []
    while (statuses.length < mostGuesses && !statuses.includes(429)) {
      statuses.push(await guessFrom(`203.0.113.7:${40_000 + statuses.length}`))
    }
    expect(
      statuses.includes(429),
      `${statuses.length} wrong tokens that came to its proxy from one address, each from another port, were answered ${statuses.at(-1)}: one may go on for ever.`,
    )
    const others = await guessFrom('203.0.113.8:40000')
    expect(
      others === 401,
      `After the guesses of another address behind the proxy, a first one is answered ${others}.`,
    )
  })
}

import { setTimeout } from 'node:timers/promises'
import type { LyingIssuer } from '../../../liar/issuer.ts'
import type { Answer } from '../../../probe/answer.ts'
import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import {
  bringBack,
  claimsFor,
  enterHonestly,
  expectRefused,
  expectTaken,
} from '../../ask/access-tokens.ts'
import { isServed, said } from '../../ask/answer.ts'
import { withThrottle } from '../../ask/hold-process.ts'
import { asvsSections, rfc } from '../../sources.ts'

export const issuerNotDriven: Property = {
  id: 'resource/issuer-not-driven',
  claim: {
    en: 'nobody without a token makes the server ask its issuer at will, and those who hold one do not wait for it',
    ja: 'トークンのない相手が発行者への問い合わせを好きなだけ起こすことはできず、持ち主が待たされることもない',
  },
  source: [asvsSections.antiAutomation, rfc(7662, '4')],
  owasp: ['MCP01', 'MCP07'],
  level: 'policy',
  since: 3,
  needs: ['token', 'lying-issuer', 'intrusive'],
  advice: {
    en: 'Look at the limit of guesses before a question is asked, not after it; ask once about one token, whoever waits for the word; serve what is known without asking.',
    ja: '推測の上限は、問い合わせた後ではなく前に確かめます。同じトークンへの問い合わせは1つにまとめ、問い合わせなくても分かる相手にはそのまま応じます。',
  },
  check: keepsFromAsking,
}

/**
 * Invented tokens that are sent, those of them that come at once, and how
 * many may be turned away before it is clear that the rest would be as well.
 */
const invented = { all: 500, atOnce: 30, turnedAway: 100 }

/** Questions that they may cost: a limit of guesses, and what was under way. */
const mostQuestions = 60

/** Milliseconds that the issuer takes for its word, while others are served. */
const wordMs = 2500

/** The same, for a crowd: so long are all of them in flight. */
const crowdMs = 300

/**
 * Addresses of this machine from which nobody else comes, so that whoever is
 * asked next has patience left; only Linux has them without being told.
 */
const addresses = [30, 31, 32, 33].map((it) => `127.0.0.${it}`)

function addressesFor({ url }: Subject): string[] {
  const loopback = /^(localhost|127\.[\d.]+)$/.test(url.hostname)
  return loopback && process.platform === 'linux' ? addresses : []
}

/** Whoever has no token does not make the server ask its issuer at will. */
async function keepsFromAsking(subject: Subject): Promise<void> {
  await withThrottle(subject, async (server) => {
    const liar = await enterHonestly(server)
    await expectRefused(server, liar.neverIssued(), 'An unknown token')
    const holders = await meetHolders(server, liar)
    const { hits } = liar
    const start = hits.introspection
    const dead = liar.neverIssued()
    const [from, elsewhere = from] = addressesFor(server)
    const guess = (secret = liar.neverIssued(), address = from) => {
      server.hide(secret)
      return server.send({ secret, ...(address && { from: address }) })
    }
    hits.atOnce = 0
    liar.setDelay(wordMs)
    const hanging = Array.from({ length: invented.atOnce }, (_, n) =>
      guess(n % 2 ? dead : undefined),
    )
    try {
      await setTimeout(100)
      // Not by a stopwatch: by who of the two is answered first.
      const first = await Promise.race([
        expectServed(server, holders, 'While the issuer is being asked', from),
        Promise.any(hanging.map(askedAbout)).catch(() => undefined),
      ])
      expect(
        first !== 'asked',
        'Callers whose tokens are known wait until the issuer has answered about those of others.',
      )
    } finally {
      await Promise.allSettled(hanging)
      liar.setDelay(0)
    }
    expect(
      hits.atOnce <= 1,
      `It asks about one token ${hits.atOnce} times at the same time.`,
    )
    const answers = await Promise.all(hanging)
    answers.push(
      ...(await inLanes(invented.all - answers.length, () => guess())),
    )
    const asked = hits.introspection - start
    expect(
      asked <= mostQuestions,
      `${answers.length} invented tokens from one address made it ask its issuer ${asked} times.`,
    )
    if (answers.some(({ status }) => status === 429)) {
      const before = hits.introspection
      for (const secret of [dead, liar.neverIssued(), liar.neverIssued()]) {
        const answer = await guess(secret)
        expect(
          answer.status === 429 && hits.introspection === before,
          `Over the limit a token was answered ${said(answer)}, after ${hits.introspection - before} questions.`,
        )
      }
      await expectServed(server, holders, 'Over the limit of guesses', from)
    }
    await expectFewInOutage(server, liar, holders, elsewhere)
    await expectHonestCrowd(server, liar)
  })
}

/** Callers who hold tokens and come at once: an office behind one address. */
const crowd = 40

/** Milliseconds until a server that found its issuer away asks again. */
const outageMs = 1500

/** Whoever was never wrong is not refused: not for an outage, nor for many. */
async function expectHonestCrowd(
  server: Subject,
  liar: LyingIssuer,
): Promise<void> {
  const [, , once, together] = addressesFor(server)
  // Any other address has been guessed from by now.
  if (!once || !together) return
  const present = (from: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, () => {
        const secret = liar.issueOpaque(claimsFor(server))
        server.hide(secret)
        return server.send({ secret, from })
      }),
    )
  liar.setDown(true)
  try {
    await present(once, crowd)
  } finally {
    await bringBack(liar)
  }
  await setTimeout(outageMs)
  const [later] = await present(once, 1)
  expect(
    later !== undefined && isServed(later),
    `After an outage in which ${crowd} good tokens could not be asked about, one from the same address is answered ${later && said(later)}.`,
  )
  liar.setDelay(crowdMs)
  try {
    const answers = await present(together, crowd)
    const refused = answers.filter((answer) => !isServed(answer))
    expect(
      refused.length === 0,
      `Of ${crowd} good tokens that came from one address at once ${refused.length} were refused, one with ${refused[0] && said(refused[0])}.`,
    )
  } finally {
    liar.setDelay(0)
  }
}

/** While the issuer is away, nobody makes it worse for it. */
async function expectFewInOutage(
  server: Subject,
  liar: LyingIssuer,
  holders: Holder[],
  from: string | undefined,
): Promise<void> {
  const before = liar.hits.introspection
  liar.setDown(true)
  try {
    const answers = await inLanes(invented.all / 5, () => {
      const secret = liar.neverIssued()
      server.hide(secret)
      return server.send({ secret, ...(from && { from }) })
    })
    const asked = liar.hits.introspection - before
    expect(
      asked <= mostQuestions,
      `While the issuer was away, ${answers.length} invented tokens made it ask ${asked} times.`,
    )
    await expectServed(server, holders, 'While the issuer is away', from)
  } finally {
    await bringBack(liar)
  }
}

/** A token that is known, and what it is called. */
type Holder = [what: string, secret: string]

/** Those that no question is needed for, each of them served once. */
async function meetHolders(
  server: Subject,
  liar: LyingIssuer,
): Promise<Holder[]> {
  const claims = claimsFor(server)
  const holders: Holder[] = [
    ['A named token', `${server.token}`],
    ['A signed token', await liar.mint(claims)],
    ['An opaque token that was asked about', liar.issueOpaque(claims)],
  ]
  for (const [what, secret] of holders) {
    await expectTaken(server, secret, what)
  }
  return holders
}

async function expectServed(
  server: Subject,
  holders: Holder[],
  when: string,
  from?: string,
): Promise<void> {
  for (const [what, secret] of holders) {
    const answer = await server.send({ secret, ...(from && { from }) })
    expect(
      isServed(answer),
      `${when}, ${what.toLowerCase()} is answered ${said(answer)}.`,
    )
  }
}

/** Resolves when a token was refused for what the issuer said of it. */
async function askedAbout(answer: Promise<Answer>): Promise<'asked'> {
  if ((await answer).status !== 401) throw new Error('It was not asked about.')
  return 'asked'
}

/** Asks so many times, some at once, or until it is turned away for good. */
async function inLanes(
  times: number,
  act: () => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = []
  let begun = 0
  let turnedAway = 0
  const lane = async () => {
    while (begun < times && turnedAway < invented.turnedAway) {
      begun += 1
      const answer = await act()
      answers.push(answer)
      if (answer.status === 429) turnedAway += 1
    }
  }
  await Promise.all(Array.from({ length: 8 }, lane))
  return answers
}

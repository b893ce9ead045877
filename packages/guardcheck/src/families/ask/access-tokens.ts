import { setTimeout } from 'node:timers/promises'
import type { LyingIssuer } from '../../liar/issuer.ts'
import { algorithms } from '../../liar/key-ring.ts'
import { type LieName, tellLie } from '../../liar/lies.ts'
import type { Claims } from '../../liar/mint.ts'
import type { Answer } from '../../probe/answer.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable, Violation } from '../../property.ts'
import { ask, isServed, said } from './answer.ts'
import { hintsOf } from './challenges.ts'
import { findScopes } from './metadata.ts'

/** Whether `is` comes true of a fresh token within some seconds. */
export async function comesTrue(
  seconds: number,
  is: () => Promise<boolean>,
): Promise<boolean> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    if (await is()) return true
    if (Date.now() > end) return false
    await setTimeout(300)
  }
}

/** Seconds in which a new key must count: some wait between two fetches. */
export const patience = 35

/**
 * Has an issuer that was away answer again, and waits as long as a server may
 * leave one alone that did not answer.
 */
export async function bringBack(liar: LyingIssuer): Promise<void> {
  liar.setDown(false)
  await setTimeout(1_200)
}

/** The authorization server that the subject trusts, and that lies for us. */
export function requireLiar({ liar }: Subject): LyingIssuer {
  if (liar) return liar
  throw new NotApplicable('It needs an authorization server that lies.')
}

/** What an honest token says to this subject: everything it may be used for. */
export const claimsFor = ({ url, liar }: Subject): Claims => ({
  aud: url.href,
  scope: liar?.scope,
})

/**
 * Shows that an honest token is taken, so that a refusal means something,
 * and finds out which algorithm and which scopes make one here.
 * @throws {Violation} when none is
 */
export async function enterHonestly(subject: Subject): Promise<LyingIssuer> {
  const liar = requireLiar(subject)
  liar.scope ||= (await findScopes(subject)).join(' ')
  let refused: Answer | undefined
  for (const algorithm of new Set([liar.algorithm, ...algorithms])) {
    liar.algorithm = algorithm
    let answer = await present(subject, await liar.mint(claimsFor(subject)))
    if (answer.status === 403) {
      liar.scope = hintsOf(answer).get('scope') ?? liar.scope
      answer = await present(subject, await liar.mint(claimsFor(subject)))
    }
    if (isServed(answer)) return liar
    refused ??= answer
  }
  liar.algorithm = algorithms[0]
  throw new Violation(
    `An honest token of its authorization server is answered ${refused && said(refused)}.`,
  )
}

/** Opens a conversation with a token that we made. */
export function present(subject: Subject, secret: string): Promise<Answer> {
  subject.hide(secret)
  return ask(subject, { secret })
}

/** The authorization server, where the subject takes its opaque tokens. */
export async function trusted(
  subject: Subject,
): Promise<LyingIssuer | undefined> {
  const { liar } = subject
  if (!liar) return undefined
  try {
    await enterHonestly(subject)
  } catch (error) {
    if (error instanceof Violation) return undefined
    throw error
  }
  const opaque = await present(subject, liar.issueOpaque(claimsFor(subject)))
  return isServed(opaque) ? liar : undefined
}

export async function expectTaken(
  subject: Subject,
  secret: string,
  what: string,
): Promise<void> {
  const answer = await present(subject, secret)
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
  const answer = await present(subject, secret)
  expect(
    answer.status === 401,
    `${what} was answered ${said(answer)}, not 401.`,
  )
}

export async function expectLiesRefused(
  subject: Subject,
  liar: LyingIssuer,
  names: LieName[],
): Promise<void> {
  for (const name of names) {
    const secret = await liar.lie(name, claimsFor(subject))
    await expectRefused(subject, secret, tellLie(name))
  }
}

/** Milliseconds that an issuer takes for its word about a token. */
export const wordMs = 300

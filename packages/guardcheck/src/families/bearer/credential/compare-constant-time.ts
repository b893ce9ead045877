import type { Answer } from '../../../probe/answer.ts'
import type { Subject } from '../../../probe/subject.ts'
import { canary, type SpiedCall } from '../../../process/start.ts'
import { expect, NotApplicable, type Property } from '../../../property.ts'
import { ask, guardedToken, isServed, said } from '../../ask/answer.ts'
import { asvsChapters } from '../../sources.ts'

export const compareConstantTime: Property = {
  id: 'bearer/compare-constant-time',
  claim: {
    en: 'tokens are compared by digest, in constant time, and never looked up by themselves',
    ja: 'トークンはダイジェスト同士で定数時間比較され、トークンそのものでは検索されない',
  },
  source: [asvsChapters.cryptography],
  owasp: ['MCP01'],
  level: 'policy',
  since: 1,
  needs: ['token', 'process'],
  advice: {
    en: 'Hash what came in, find the entry by that digest if there are many, and let `timingSafeEqual` on two digests have the last word.',
    ja: '受け取ったトークンをハッシュ化し、候補が多ければそのダイジェストで検索して、最後の判断はダイジェスト同士の`timingSafeEqual`に任せます。',
  },
  check: comparesDigests,
}

/** Secrets are compared by digest, in constant time, and never looked up. */
async function comparesDigests(subject: Subject): Promise<void> {
  const token = await guardedToken(subject)
  const { process: started } = subject
  if (!started) return
  if (/^eyJ[\w-]*\.[\w-]+\.[\w-]*$/.test(token)) {
    throw new NotApplicable('The token is signed: its signature is verified.')
  }
  if (!started.isSpied()) {
    throw new NotApplicable('The server is no Node program: nothing is seen.')
  }
  const present = async (secret: string) => {
    await started.spiedCalls()
    const answer = await ask(subject, { secret })
    return { answer, calls: await started.spiedCalls() }
  }
  const sizes = [19, 31, 32, 33, 64, 256, 1024, 4096, token.length]
  const canaries = ['x', ...sizes.map((size) => canary.padEnd(size, 'x'))]
  const compared: boolean[] = []
  let first: Answer | undefined
  for (const secret of canaries) {
    const size = secret.length
    const { answer, calls } = await present(secret)
    first ??= answer
    expect(
      answer.status === first.status && answer.status < 500,
      `A wrong token of ${size} characters was answered ${said(answer)}, a short one ${said(first)}.`,
    )
    expect(
      calls.every((call) => call.function !== 'lookup'),
      'A token is looked up by itself: the look-up compares in its own time.',
    )
    compared.push(comparisons(calls).length > 0)
  }
  expect(
    new Set(compared).size === 1,
    'Only tokens of one length are compared: how long the right one is shows.',
  )
  const { answer, calls } = await present(token)
  expect(isServed(answer), `A valid token was answered ${said(answer)}.`)
  const lengths = comparisons(calls)
  expect(
    lengths.length > 0,
    'A valid token was served, and nothing was compared in constant time.',
  )
  expect(
    lengths.every(([a, b]) => a === b && a >= 32),
    `What was compared was ${lengths.flat().join(' and ')} bytes long: no digests of 32 or more.`,
  )
}

/** The byte lengths of what was compared in constant time. */
function comparisons(calls: SpiedCall[]): [number, number][] {
  return calls.flatMap((call) =>
    call.function === 'timingSafeEqual' ? [call.lengths] : [],
  )
}

import type { Answer } from '../../probe/answer.ts'
import { type Challenge, readChallenges } from '../../probe/text/challenge.ts'

/** The parameters of the one Bearer challenge of an answer. */
export function hintsOf(answer: Answer): Map<string, string> {
  const [challenge] = bearerChallenges(answer) ?? []
  return challenge?.params ?? new Map()
}

/** All challenges of an answer, as one line. */
export const challengeOf = (answer: Answer) =>
  answer.header('www-authenticate').join(', ')

/** The Bearer challenges of an answer; undefined when they can't be read. */
export function bearerChallenges(answer: Answer): Challenge[] | undefined {
  try {
    const text = challengeOf(answer)
    const all = text === '' ? [] : readChallenges(text)
    return all.filter(({ scheme }) => scheme === 'bearer')
  } catch {
    return undefined
  }
}

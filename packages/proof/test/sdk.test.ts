import { buildExercise } from '@guard-up/exercises'
import { type StartedSubject, startSubject } from '@guard-up/lab'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bearer } from '../../guardcheck/src/families/bearer/index.ts'
import { judge } from '../../guardcheck/src/judge/runner.ts'

/** What the guard of SDK 1.32.2 gets wrong, each with what it does instead. */
const failing: Record<string, string> = {
  'bearer/missing-no-error-code': 'a missing header is an InvalidTokenError',
  'bearer/malformed-400': 'the header is split at spaces, the rest dropped',
  'bearer/scheme-case-insensitive':
    'any case is read, but a second space makes the token empty',
  'bearer/auth-header-single': 'req.headers holds the first line of two',
  'bearer/guard-before-work': 'createMcpExpressApp parses before any guard',
  'bearer/challenge-wellformed':
    'the message of the verifier is copied without escaping its quotes',
  'bearer/no-store': 'no answer but an event stream has Cache-Control',
  'bearer/secret-stays-at-the-door':
    'the header is left as it is, and the SDK gives it to tools',
  'bearer/uniform-401': 'an expired token is told so, unlike an unknown one',
}

describe("the SDK's own requireBearerAuth in step 1's place", () => {
  let subject: StartedSubject
  beforeAll(async () => {
    const folder = await buildExercise('sdk-require-bearer', 'sdk-test')
    subject = await startSubject(folder)
  }, 30_000)
  afterAll(() => subject?.stop())

  for (const property of bearer) {
    const { id, claim } = property
    const instead = failing[id]
    const title = `${id} › ${claim.en}${instead ? `; not so: ${instead}` : ''}`
    test(title, async () => {
      const { verdict, why } = await judge(property, subject.options)
      expect(verdict, why).toBe(instead ? 'fails' : 'holds')
    })
  }
})

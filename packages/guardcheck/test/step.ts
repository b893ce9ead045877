import { afterAll, beforeAll, describe } from 'vitest'
import { catalogue } from '../src/catalogue.ts'
import type { Step } from '../src/property.ts'
import { describeExactly } from './describe.ts'
import { type StartedSubject, startSubject, stepFolder } from './subjects.ts'

// Those of the authorization server have a test of their own.
const properties = catalogue.filter(({ id }) => !id.startsWith('issuer/'))

/** Judges a step by everything; each has a file, so that they run at once. */
export function describeStep(step: Step): void {
  describe(`step-${step}`, () => {
    let subject: StartedSubject
    beforeAll(async () => {
      subject = await startSubject(stepFolder(step))
    }, 30_000)
    afterAll(() => subject?.stop())

    describeExactly('properties', () => subject.options, {
      step,
      properties,
    })
  })
}

import { type StartedSubject, startSubject, stepFolder } from '@guard-up/lab'
import { afterAll, beforeAll, describe } from 'vitest'
import { catalogue } from '../../../guardcheck/src/catalogue.ts'
import type { Step } from '../../../guardcheck/src/property.ts'
import { describeExactly } from '../describe.ts'
import { keyPromises, promises } from '../promises.ts'

const steps: [step: Step, made: typeof promises][] = [
  [2, keyPromises],
  [3, promises],
]

// What they turn red is seen by the mutants of the guard: `npm run mutants`.
describe.each(steps)('step-%i and what it promises', (step, made) => {
  let subject: StartedSubject
  beforeAll(async () => {
    subject = await startSubject(stepFolder(step))
  }, 30_000)
  afterAll(() => subject?.stop())

  // The checks of the properties themselves are run by step-*.test.ts.
  const properties = catalogue.flatMap((property) => {
    const check = made[property.id]
    return check ? [{ ...property, check }] : []
  })
  const options = () => subject.options
  describeExactly('promises', options, { step, properties })
})

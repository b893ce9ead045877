import { afterAll, beforeAll, describe } from 'vitest'
import { issuer } from '../src/families/issuer.ts'
import type { Step } from '../src/property.ts'
import { describeProperties } from '../src/vitest.ts'
import { type StartedSubject, stepFolder } from './subjects.ts'
import { startTrusting } from './trusting.ts'

const steps: Step[] = [0, 1, 2, 3]

describe.each(steps)('the authorization server of step-%i', (step) => {
  let subject: StartedSubject
  beforeAll(async () => {
    subject = await startTrusting(stepFolder(step))
  }, 60_000)
  afterAll(() => subject?.stop())

  describeProperties('properties', () => subject.options, {
    step,
    properties: issuer,
  })
})

import { afterAll, beforeAll, describe } from 'vitest'
import type { Step } from '../src/property.ts'
import { describeProperties } from '../src/vitest.ts'
import { type StartedSubject, startSubject, stepFolder } from './subjects.ts'

const steps: Step[] = [0, 1, 2]

describe.each(steps)('step-%i', (step) => {
  let subject: StartedSubject
  beforeAll(async () => {
    subject = await startSubject(stepFolder(step))
  }, 30_000)
  afterAll(() => subject?.stop())

  describeProperties('properties', () => subject.options, { step })
})

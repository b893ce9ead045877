import { type StartedSubject, startSubject, stepFolder } from '@guard-up/lab'
import { afterAll, beforeAll, describe } from 'vitest'
import { catalogue } from '../../guardcheck/src/catalogue.ts'
import type { Dialect } from '../../guardcheck/src/probe/dialect.ts'
import type { Property, Step } from '../../guardcheck/src/property.ts'
import { describeExactly } from './describe.ts'

/** How a server is held to a step, when that is not the step itself. */
export interface StepOptions {
  name?: string
  folder?: string
  dialect?: Dialect
  /** Whether a property is asked; all are if left out. */
  asks?: (property: Property) => boolean
}

/** Judges a step by everything; each has a file, so that they run at once. */
export function describeStep(
  step: Step,
  {
    name = `step-${step}`,
    folder = stepFolder(step),
    dialect,
    asks = () => true,
  }: StepOptions = {},
): void {
  // Those of the authorization server have a test of their own.
  const properties = catalogue
    .filter(({ id }) => !id.startsWith('issuer/'))
    .filter(asks)
  describe(name, () => {
    let subject: StartedSubject
    beforeAll(async () => {
      subject = await startSubject(folder)
    }, 30_000)
    afterAll(() => subject?.stop())

    describeExactly('properties', () => ({ ...subject.options, dialect }), {
      step,
      properties,
    })
  })
}

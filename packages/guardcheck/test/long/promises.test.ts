import { afterAll, beforeAll } from 'vitest'
import { catalogue } from '../../src/catalogue.ts'
import { describeExactly } from '../describe.ts'
import { promises } from '../promises.ts'
import { type StartedSubject, startSubject, stepFolder } from '../subjects.ts'

let subject: StartedSubject
beforeAll(async () => {
  subject = await startSubject(stepFolder(3))
}, 30_000)
afterAll(() => subject?.stop())

// Their own checks are run by step-3.test.ts.
const properties = catalogue
  .filter(({ id }) => promises[id])
  .map((property) => ({ ...property, check: async () => {} }))

// What they turn red is seen by the mutants of the guard: `npm run mutants`.
describeExactly(
  'step-3 and what it promises',
  () => ({ ...subject.options, promises }),
  { step: 3, properties },
)

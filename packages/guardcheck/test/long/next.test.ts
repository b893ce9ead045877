// Step 3 on the next SDK, by all that step 3 is held to, on both wires.
import { afterAll, beforeAll, describe } from 'vitest'
import { catalogue } from '../../src/catalogue.ts'
import { statelessDialect, usualDialect } from '../../src/dialect.ts'
import { describeExactly } from '../describe.ts'
import { nextFolder, type StartedSubject, startSubject } from '../subjects.ts'

// Those of the authorization server have a test of their own.
const properties = catalogue.filter(({ id }) => !id.startsWith('issuer/'))

describe.each([usualDialect, statelessDialect])(
  'step-3-next by $revision',
  (dialect) => {
    let subject: StartedSubject
    beforeAll(async () => {
      subject = await startSubject(nextFolder)
    }, 30_000)
    afterAll(() => subject?.stop())

    describeExactly('properties', () => ({ ...subject.options, dialect }), {
      step: 3,
      properties,
    })
  },
)

import { afterAll, beforeAll, describe } from 'vitest'
import { issuer } from '../src/families/issuer.ts'
import type { Step } from '../src/property.ts'
import { describeExactly } from './describe.ts'
import { type StartedSubject, startSubject, stepFolder } from './subjects.ts'
import { startTrusting } from './trusting.ts'

/** Somebody at an issuer that the steps before the third never ask. */
const stranger = {
  issuer: 'https://issuer.example',
  clientId: 'workshop',
  redirectUri: 'http://127.0.0.1/callback',
  person: { login: 'alice', password: 'nobody asks for it' },
  scopes: ['documents:read', 'refunds:write'],
}

const steps: Step[] = [0, 1, 2, 3]

describe.each(steps)('the authorization server of step-%i', (step) => {
  let subject: StartedSubject
  beforeAll(async () => {
    subject =
      step < 3 ? await startSubject(stepFolder(step)) : await startTrusting()
  })
  afterAll(() => subject?.stop())

  describeExactly(
    'properties',
    () => ({ issuer: stranger, ...subject.options }),
    {
      step,
      properties: issuer,
    },
  )
})

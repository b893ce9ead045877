import {
  type StartedSubject,
  startSubject,
  startTrusting,
  stepFolder,
} from '@guard-up/lab'
import { afterAll, beforeAll, describe } from 'vitest'
import { issuer } from '../../guardcheck/src/families/issuer/index.ts'
import type { Step } from '../../guardcheck/src/property.ts'
import { describeExactly } from './describe.ts'

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

import { startSubject, stepFolder } from '@guard-up/lab'
import { expect, test } from 'vitest'
import { type FuzzReport, fuzz } from '../../../guardcheck/src/judge/fuzz.ts'

/** Where the dice begin; what they find is found again with it. */
const seed = 2_026_11

async function fuzzFolder(folder: string, runs: number): Promise<FuzzReport> {
  const subject = await startSubject(folder)
  try {
    return await fuzz(subject.options, { runs, seed })
  } finally {
    await subject.stop()
  }
}

test.concurrent.each([1, 2, 3])(
  'nothing but the token opens step %i, and nothing breaks it',
  async (step) => {
    const report = await fuzzFolder(stepFolder(step), 120)
    expect(report.found).toBeUndefined()
    expect(report).toMatchObject({ seed, sent: 120, throttled: 0 })
    expect(report.served, 'no honest request was among them').toBeGreaterThan(0)
  },
)

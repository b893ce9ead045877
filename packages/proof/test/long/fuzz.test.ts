import { buildExercise } from '@guard-up/exercises'
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
    const report = await fuzzFolder(stepFolder(step), 1500)
    expect(report.found).toBeUndefined()
    expect(report).toMatchObject({ seed, sent: 1500, throttled: 0 })
    expect(report.served, 'no honest request was among them').toBeGreaterThan(0)
  },
)

test.concurrent.each([
  ['splits-on-spaces', 'It was let in (200).'],
  ['accepts-a-prefix', 'It was let in (200).'],
  ['takes-any-scheme', 'It was let in (200).'],
  ['takes-an-api-key', 'It was let in (200).'],
  ['reads-without-verifying', 'It was let in (200).'],
])('what gets past %s is found', async (name, why) => {
  const folder = await buildExercise(name, `${name}-fuzzed`)
  const { found } = await fuzzFolder(folder, 2000)
  expect(found?.why).toBe(why)
  expect(found?.request.length).toBeLessThan(1500)
})

import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { cleanEnv, step } from '../scratch.ts'

/** What a benchmark prints. */
function run(name: string): string {
  const command = ['--import', 'tsx', `bench/${name}.ts`]
  const printed = execFileSync(process.execPath, command, {
    cwd: step,
    env: cleanEnv(),
    encoding: 'utf8',
  })
  console.log(printed)
  return printed
}

/** The number that stands before a word. */
const figure = (text: string, pattern: RegExp) =>
  Number(pattern.exec(text)?.[1] ?? Number.NaN)

test('no request fails while its secret is rotated under load', () => {
  const printed = run('rotation')
  expect(figure(printed, /(\d+) failed/)).toBe(0)
  expect(figure(printed, /(\d+) rotations/)).toBeGreaterThanOrEqual(5)
  expect(figure(printed, /(\d+) sent/)).toBeGreaterThanOrEqual(10_000)
})

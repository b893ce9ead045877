import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** What a benchmark prints. */
async function run(name: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', `bench/${name}.ts`],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)) },
  )
  console.log(stdout)
  return stdout
}

/** The number that stands after a word. */
const figure = (text: string, pattern: RegExp) =>
  Number(pattern.exec(text)?.[1] ?? Number.NaN)

test('a guarded call costs little more than one that nobody guards', async () => {
  const printed = await run('guarded')
  expect(figure(printed, /JWT.*ratio ([\d.]+)/)).toBeLessThan(1.25)
  expect(figure(printed, /introspected.*ratio ([\d.]+)/)).toBeLessThan(1.25)
})

test('invented key ids cost the issuer and honest callers little', async () => {
  const printed = await run('storm')
  expect(figure(printed, /(\d+) fetches/)).toBeLessThanOrEqual(5)
  expect(figure(printed, /ratio ([\d.]+)/)).toBeLessThan(1.5)
})

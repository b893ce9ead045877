import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Results, readResults, resultsFile } from '../../src/results.ts'

const run = promisify(execFile)
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'guard-up-bench-test-'))
const file = join(folder, 'results.json')
afterAll(() => rmSync(folder, { recursive: true }))

const bench = (...args: string[]) =>
  run(process.execPath, ['--import', 'tsx', main, ...args], {
    timeout: 110_000,
    env: { ...process.env, TMPDIR: folder },
  })

const recorded = readFileSync(resultsFile, 'utf8')
let results: Results
beforeAll(async () => {
  await bench('body', '--rounds', '1', '--output', file)
  await bench('lookup', '--rounds', '60', '--output', file)
  results = readResults(file) as Results
}, 240_000)

test('a run of one name leaves the rows of the others', () => {
  expect(Object.keys(results.runs).sort()).toEqual(['body', 'lookup'])
  expect(results.counts).toHaveProperty('body/step-3-bytes')
  expect(results.ratios).toHaveProperty('lookup/1000000')
})

test('a run writes nothing elsewhere, and leaves nothing behind', () => {
  expect(readFileSync(resultsFile, 'utf8')).toBe(recorded)
  const left = readdirSync(folder).filter((name) => name.startsWith('guard-up'))
  expect(left).toEqual([])
})

test('the time to find one caller does not grow with the others', () => {
  const before: Results = JSON.parse(recorded)
  for (const id of ['lookup/1000', 'lookup/100000', 'lookup/1000000']) {
    expect(before.ratios[id]?.median, id).toBeLessThan(1.2)
    // To look at each of them would take hundreds of times as long; less than
    // twice may be another process that wants the processor.
    expect(results.ratios[id]?.median, id).toBeLessThan(2)
  }
})

test('a wrong secret has little of a large body read, and its sender is told, at every step', () => {
  for (const step of [1, 2, 3]) {
    const bytes = results.counts[`body/step-${step}-bytes`]
    expect(bytes, `step ${step}`).toBeGreaterThan(100)
    expect(bytes, `step ${step}`).toBeLessThanOrEqual(128 * 1024)
    expect(results.counts[`body/step-${step}-lost`], `step ${step}`).toBe(0)
  }
})

test('a name that is none is answered by one sentence', async () => {
  await expect(bench('lookups')).rejects.toMatchObject({
    code: 1,
    stderr: 'Nothing is measured as lookups: see npm run bench -- --help.\n',
  })
})

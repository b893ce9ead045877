import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Results, readResults } from '@guard-up/bench/results'
import { afterAll, expect, test } from 'vitest'
import { tellCost } from '../src/cost.ts'
import { root } from '../src/steps.ts'

const folder = mkdtempSync(join(tmpdir(), 'guard-up-cost-'))
mkdirSync(join(folder, 'bench'))
afterAll(() => rmSync(folder, { recursive: true }))

const recorded = readResults(join(root, 'bench/results.json')) as Results
/** The row of step 1 if so many guarded calls were served. */
function tellStep1(
  median: number,
  language: 'en' | 'ja',
  [low, high] = [median, median],
): string | undefined {
  const spread = { median, min: low, max: high, low, high }
  const ratios = { ...recorded.ratios, 'guarded/step-1': spread }
  const text = JSON.stringify({ ...recorded, ratios })
  writeFileSync(join(folder, 'bench/results.json'), text)
  const rows = tellCost(language, folder).split('\n')
  return rows.find((row) => row.includes(`${median.toFixed(2)}`))
}

test('a figure that misses its goal says so, in both languages', () => {
  expect(tellStep1(0.41, 'en')).toContain('≥ 0.95, missed')
  expect(tellStep1(0.41, 'ja')).toContain('≥ 0.95（未達）')
  expect(tellStep1(0.41, 'en', [0.3, 0.94])).toContain('≥ 0.95, missed')
})

test('one whose run cannot tell it from its goal says that', () => {
  expect(tellStep1(0.41, 'en', [0.3, 0.96])).toContain(
    '0.95, too close to tell',
  )
  expect(tellStep1(0.41, 'ja', [0.3, 0.96])).toContain('0.95（判別できず）')
})

test('a figure that reaches its goal says nothing of it', () => {
  expect(tellStep1(9.95, 'en', [0.3, 9.96])).toMatch(/≥ 0\.95 *\|$/)
})

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
function tellStep1(median: number, language: 'en' | 'ja'): string | undefined {
  const spread = { median, min: median, max: median }
  const ratios = { ...recorded.ratios, 'guarded/step-1': spread }
  const text = JSON.stringify({ ...recorded, ratios })
  writeFileSync(join(folder, 'bench/results.json'), text)
  const rows = tellCost(language, folder).split('\n')
  return rows.find((row) => row.includes(`${median.toFixed(2)}`))
}

test('a figure that misses its goal says so, in both languages', () => {
  expect(tellStep1(0.41, 'en')).toContain('≥ 0.95, missed')
  expect(tellStep1(0.41, 'ja')).toContain('≥ 0.95（未達）')
})

test('a figure that reaches its goal says nothing of it', () => {
  expect(tellStep1(9.95, 'en')).not.toContain('missed')
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { type Results, readResults, resultsFile } from '../src/results.ts'
import { divide, measureAll, spread } from '../src/rounds.ts'
import { groups } from '../src/rows.ts'

const recorded = readResults(fileURLToPath(resultsFile)) as Results
const rows = groups.flatMap((group) => group.rows)

describe('what is recorded', () => {
  test('holds every row that the README shows, or says why not', () => {
    const all = { ...recorded.ratios, ...recorded.counts, ...recorded.skipped }
    const missing = rows.filter(({ id }) => !(id in all))
    expect(missing.map(({ id }) => id)).toEqual([])
  })

  test('says of every row when it was measured', () => {
    const all = { ...recorded.ratios, ...recorded.counts, ...recorded.skipped }
    const measured = Object.keys(all).map((id) => id.split('/')[0])
    expect([...new Set(measured)].sort()).toEqual(
      Object.keys(recorded.runs).sort(),
    )
    const last = Object.values(recorded.runs).map((run) => run.recordedAt)
    expect(recorded.recordedAt).toBe(last.sort().at(-1))
  })

  test('took at most ten minutes for each name, and thirty for all', () => {
    // A busy machine gives each process its share of the time.
    const runs = Object.values(recorded.runs)
    const seconds = runs.map((it) => it.seconds / Math.max(1, it.load))
    expect(Math.max(...seconds)).toBeLessThan(600)
    expect(seconds.reduce((sum, one) => sum + one, 0)).toBeLessThan(1800)
  })
})

describe('results that are read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-up-bench-'))
  const file = join(folder, 'results.json')
  afterAll(() => rmSync(folder, { recursive: true }))

  test.each([
    [
      'a lowest value above the median',
      { median: 1, min: 2, max: 3, low: 2, high: 3 },
    ],
    ['a part below the lowest', { median: 2, min: 2, max: 3, low: 1, high: 3 }],
    ['no number', { median: 'fast', min: 1, max: 1, low: 1, high: 1 }],
    ['a value that lacks', { median: 1, min: 1, max: 1 }],
  ])('%s is refused by its name', (_what, ratio) => {
    const ratios = { ...recorded.ratios, 'guarded/step-1': ratio }
    writeFileSync(file, JSON.stringify({ ...recorded, ratios }))
    expect(() => readResults(file)).toThrow(/guarded\/step-1/)
  })

  test('a file that is not there holds none', () => {
    expect(readResults(join(folder, 'none.json'))).toBe(undefined)
  })
})

describe('rounds', () => {
  test('have each candidate once, by chance in turns, and leave warming out', async () => {
    const order: string[] = []
    const candidate = (id: string, ms: number) => ({
      id,
      async measure() {
        order.push(id)
        return { ms }
      },
    })
    const costs = await measureAll([candidate('a', 2), candidate('b', 4)], {
      rounds: 39,
      warming: 1,
    })
    const turns = order.join('').match(/../g)
    expect(turns).toHaveLength(40)
    expect([...new Set(turns)].sort()).toEqual(['ab', 'ba'])
    expect(costs.get('a')).toEqual(Array(39).fill({ ms: 2 }))
    expect(divide(costs, 'b', 'a')).toMatchObject({ median: 2, min: 2, max: 2 })
  })

  test('are judged by the medians of eight parts of the run', () => {
    // One round of three is far off, wherever it stands.
    const rounds = Array.from({ length: 24 }, (_, at) =>
      at % 3 === 1 ? 1 + (at % 2) * 99 : 10 + Math.floor(at / 3),
    )
    const found = spread(rounds)
    expect(found).toMatchObject({ min: 1, max: 100, low: 10, high: 17 })
    expect(spread([...Array(20).fill(5), ...Array(5).fill(7)])).toMatchObject({
      median: 5,
      low: 5,
      high: 7,
    })
  })

  test('that measured nothing are no figure', () => {
    expect(() => spread([])).toThrow('Nothing was measured.')
    expect(() => spread([1, Number.NaN])).toThrow('Nothing was measured.')
    const [low, high] = [1, 3]
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3, low, high })
  })
})

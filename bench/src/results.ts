import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Rounds, Spread } from './rounds.ts'

/** How much is measured. */
export interface Scale extends Rounds {
  /** Calls of one candidate in one round. */
  calls: number
}

/** What a measure found, by row. */
export interface Findings {
  ratios?: Record<string, Spread>
  counts?: Record<string, number>
  /** Why a row could not be measured here. */
  skipped?: Record<string, string>
}

const name = z.string().regex(/^[a-z]+(\/[a-z0-9-]+)?$/)
const instant = z.iso.datetime()
const positive = z.number().positive()
const inOrder = ({ min, low, median, high, max }: Spread) =>
  min <= low && low <= high && high <= max && min <= median && median <= max

/** What `bench/results.json` holds; rows are named after their measure. */
export const Results = z.strictObject({
  recordedAt: instant,
  machine: z.string().min(1),
  versions: z.record(z.string(), z.string()),
  ratios: z.record(
    name,
    z
      .strictObject({
        median: positive,
        min: positive,
        max: positive,
        low: positive,
        high: positive,
      })
      .refine(inOrder, 'min, low, median, high and max are not in order'),
  ),
  counts: z.record(name, z.number().nonnegative()),
  skipped: z.record(name, z.string()),
  /** When each measure ran, for how long, and how busy the machine was. */
  runs: z.record(
    name,
    z.strictObject({
      recordedAt: instant,
      seconds: positive,
      load: z.number().nonnegative(),
    }),
  ),
})

export type Results = z.infer<typeof Results>

export const resultsFile = new URL('../results.json', import.meta.url)

/**
 * What was recorded; undefined when nothing was.
 * @throws {Error} which names the file and the place that is wrong
 */
export function readResults(file: URL | string): Results | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  const { data, error } = Results.safeParse(JSON.parse(text))
  if (data) return data
  const [issue] = error.issues
  throw new Error(`${file}: ${issue?.path.join(' ')}: ${issue?.message}.`)
}

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readSecrets } from '@guard-up/lab'
import type { Step } from 'guardcheck'

/** The folder that holds everything. */
export const root = fileURLToPath(new URL('../../../', import.meta.url))

/** The steps that are here, in their order. */
export function listSteps(folder = root): Step[] {
  return readdirSync(join(folder, 'packages'))
    .map((name) => Number(/^step-(\d+)$/.exec(name)?.[1] ?? Number.NaN))
    .filter((step) => existsSync(join(folderOf(step, folder), 'src/main.ts')))
    .sort((a, b) => a - b) as Step[]
}

/** Step 3 on the next SDK: to be served and compared, no step of the series. */
export const next = '3-next'

/** The folder of a step, which holds its `src`. */
export function folderOf(step: number | typeof next, folder = root): string {
  return join(folder, 'packages', `step-${step}`)
}

/**
 * The secret that stands in a step's source; undefined when none does. That
 * anyone with the source can read it there is the flaw of step 1.
 */
export const readSecret = (folder: string): string | undefined =>
  readSecrets(folder)[0]

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** What stages.json says of one step, against the step before it. */
const Stage = z.strictObject({
  /** Files that the step has and the one before has not. */
  adds: z.array(z.string()),
  /** Files that both have and that differ; every other file is frozen. */
  changes: z.array(z.string()),
  /** The lines of its diff, and how many they may become. */
  lines: z.strictObject({
    added: z.int(),
    deleted: z.int(),
    atMost: z.int(),
  }),
})

export type Stage = z.infer<typeof Stage>

/** The folder that holds everything. */
export const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Stages by the number of the step that they lead to; step 0 has none. */
export type Stages = Map<number, Stage>

/**
 * Reads stages.json.
 * @throws {Error} when it is missing or malformed
 */
export function readStages(folder = root): Stages {
  const text = readFileSync(join(folder, 'stages.json'), 'utf8')
  const stages = z.record(z.string(), Stage).parse(JSON.parse(text))
  return new Map(
    Object.entries(stages).map(([name, stage]) => [numberOf(name), stage]),
  )
}

/** The `src` folder of a step. */
export function sourceOf(step: number, folder = root): string {
  return join(folder, 'packages', `step-${step}`, 'src')
}

/** What really lies between a step and the one before it. */
export function measureStage(step: number, folder = root): Stage {
  const before = readSources(step - 1, folder)
  const after = readSources(step, folder)
  const lines = countLines(step, folder)
  return {
    adds: [...after.keys()].filter((file) => !before.has(file)),
    changes: [...before.keys()].filter(
      (file) => after.get(file) !== before.get(file),
    ),
    lines: { ...lines, atMost: lines.added + lines.deleted },
  }
}

/** One sentence per way in which a step is not what stages.json says. */
export function checkStages(folder = root): string[] {
  const faults: string[] = []
  for (const [step, told] of readStages(folder)) {
    const real = measureStage(step, folder)
    const compare = (what: 'adds' | 'changes') => {
      const [a, b] = [told[what].join(', '), real[what].join(', ')]
      if (a !== b) {
        faults.push(
          `step-${step} ${what} ${b || 'nothing'}, and stages.json says ${a || 'nothing'}.`,
        )
      }
    }
    compare('adds')
    compare('changes')
    for (const file of readSources(step - 1, folder).keys()) {
      if (!readSources(step, folder).has(file)) {
        faults.push(`step-${step} has lost ${file}: files never vanish.`)
      }
    }
    const { added, deleted, atMost } = told.lines
    if (added !== real.lines.added || deleted !== real.lines.deleted) {
      faults.push(
        `step-${step} is +${real.lines.added} −${real.lines.deleted} lines, ` +
          `and stages.json says +${added} −${deleted}.`,
      )
    }
    if (real.lines.added + real.lines.deleted > atMost) {
      faults.push(`step-${step} changes more than ${atMost} lines.`)
    }
  }
  return faults
}

/** The text of each source file of a step, by its name. */
function readSources(step: number, folder: string): Map<string, string> {
  const source = sourceOf(step, folder)
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  return new Map(
    files
      .filter((file) => file.endsWith('.ts'))
      .sort()
      .map((file) => [file, readFileSync(join(source, file), 'utf8')]),
  )
}

/** The diff's size, as git counts it. */
function countLines(step: number, folder: string) {
  const counted = git(
    ['diff', '--no-index', '--numstat', '--no-renames'],
    [sourceOf(step - 1, folder), sourceOf(step, folder)],
  )
  const rows = counted.split('\n').filter(Boolean)
  const sum = (column: number) =>
    rows.reduce((total, row) => total + Number(row.split('\t')[column]), 0)
  return { added: sum(0), deleted: sum(1) }
}

/** What git prints; finding differences is no fault. */
function git(args: string[], paths: string[]): string {
  try {
    return execFileSync('git', [...args, '--', ...paths], { encoding: 'utf8' })
  } catch (error) {
    const { status, stdout } = error as { status?: number; stdout?: string }
    if (status === 1 && stdout) return stdout
    throw error
  }
}

const numberOf = (name: string) => Number(name.slice('step-'.length))

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** The lines of a diff, and how many they may become. */
const Lines = z.strictObject({
  added: z.int(),
  deleted: z.int(),
  atMost: z.int(),
})

/** What stages.json says of one step, against the step before it. */
const Stage = z.strictObject({
  /** Files that the step has and the one before has not. */
  adds: z.array(z.string()),
  /** Files that both have and that differ; every other file is frozen. */
  changes: z.array(z.string()),
  lines: Lines,
  /** The lessons that its diff is told in, each by the files told there. */
  parts: z
    .record(
      z.string(),
      z.strictObject({ files: z.string().array(), lines: Lines }),
    )
    .optional(),
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
  const order = readFileSync(join(folder, '.difforder'), 'utf8').split('\n')
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
    const touched = [...real.adds, ...real.changes]
    faults.push(
      ...compareLines(`step-${step}`, told.lines, real.lines),
      ...checkParts(step, told.parts, touched, folder),
      ...touched
        .filter((file) => !order.includes(`*/${file}`))
        .map((file) => `step-${step} tells ${file}, and .difforder not when.`),
    )
  }
  return faults
}

/** Every file of a step that is told in parts is told in one of them. */
function checkParts(
  step: number,
  parts: Stage['parts'],
  touched: string[],
  folder: string,
): string[] {
  if (!parts) return []
  const told = Object.values(parts).flatMap(({ files }) => files)
  const tellers = (file: string) => told.filter((it) => it === file).length
  return [
    ...touched
      .filter((file) => tellers(file) !== 1)
      .map((file) => `${tellers(file)} parts of step-${step} tell ${file}.`),
    ...told
      .filter((file) => !touched.includes(file))
      .map(
        (file) => `A part tells ${file}, which step-${step} leaves as it was.`,
      ),
    ...Object.entries(parts).flatMap(([name, { files, lines }]) =>
      compareLines(`part ${name}`, lines, countLines(step, folder, files)),
    ),
  ]
}

/** What is wrong with the size of a diff, as stages.json tells it. */
function compareLines(
  what: string,
  told: z.infer<typeof Lines>,
  real: { added: number; deleted: number },
): string[] {
  const faults: string[] = []
  if (told.added !== real.added || told.deleted !== real.deleted) {
    faults.push(
      `${what} is +${real.added} −${real.deleted} lines, ` +
        `and stages.json says +${told.added} −${told.deleted}.`,
    )
  }
  if (real.added + real.deleted > told.atMost) {
    faults.push(`${what} changes more than ${told.atMost} lines.`)
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

/** The size of a step's diff, or of some files of it, as git counts it. */
export function countLines(step: number, folder = root, files?: string[]) {
  const counted = git(
    ['diff', '--no-index', '--numstat', '--no-renames'],
    [sourceOf(step - 1, folder), sourceOf(step, folder)],
  )
  const rows = counted
    .split('\n')
    .filter(Boolean)
    .filter((row) => !files || files.includes(basename(row, '}')))
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

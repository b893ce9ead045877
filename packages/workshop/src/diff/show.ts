import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Step } from 'guardcheck'
import { folderOf, next, root } from '../repository.ts'

/** The files of a diff, and the folders that they lie in. */
export interface Told {
  from: string
  to: string
  files: string[]
}

/** What a step adds to the one before it; files that do not differ are left. */
export function readDiff(step: Step | typeof next): Told {
  const before = step === next ? 3 : step - 1
  const [from, to] = [`step-${before}/src`, `step-${step}/src`]
  const files = readdirSync(join(folderOf(step), 'src')).filter(
    (file) => readSource(from, file) !== readSource(to, file),
  )
  return { from, to, files: files.sort() }
}

/** The parts that a diff is told in, by their names, as stages.json says. */
export function readParts(): Map<string, Told> {
  const text = readFileSync(join(root, 'stages.json'), 'utf8')
  const stages = Object.entries<Stage>(JSON.parse(text))
  return new Map(
    stages.flatMap(([name, { parts = {} }]) => {
      const diff = readDiff(Number(name.replace('step-', '')) as Step)
      return Object.entries(parts).map(([part, { files }]) => [
        part,
        { ...diff, files },
      ])
    }),
  )
}

interface Stage {
  parts?: Record<string, { files: string[] }>
}

function readSource(folder: string, file: string): string | undefined {
  const path = join(root, 'packages', folder, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/**
 * Shows a diff in the order in which it is told. Resolves with git's exit
 * status, 0 with differences as well.
 * @throws {Error} with the code ENOENT when git is missing
 */
export async function showDiff(
  { from, to, files }: Told,
  options: readonly string[],
): Promise<number> {
  // Git compares two folders whole, so these hold nothing else.
  const cwd = mkdtempSync(join(tmpdir(), 'guard-up-diff-'))
  try {
    for (const folder of [from, to]) {
      mkdirSync(join(cwd, folder), { recursive: true })
      for (const file of files) {
        const source = join(root, 'packages', folder, file)
        if (existsSync(source)) cpSync(source, join(cwd, folder, file))
      }
    }
    const args = [
      'diff',
      '--no-index',
      '--no-prefix',
      `-O${join(root, '.difforder')}`,
      ...options,
      ...['--', from, to],
    ]
    const git = spawn('git', args, { cwd, stdio: 'inherit' })
    // The pager takes Ctrl-C itself, and must not lose its terminal.
    process.on('SIGINT', () => {})
    const [code] = await once(git, 'exit')
    return code === 1 ? 0 : (code ?? 1)
  } finally {
    rmSync(cwd, { recursive: true })
  }
}

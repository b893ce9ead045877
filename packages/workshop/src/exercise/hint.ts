import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { folderOf, root } from '../repository.ts'
import { wrapProse } from '../terminal/lines.ts'
import type { Showing } from '../terminal/showing.ts'
import { createTell } from '../terminal/tell.ts'
import { findNext, isDone, isHeld, judgeFolder } from './judging.ts'
import { exerciseFolder, placeOf, propertiesOf } from './run.ts'
import type { Task } from './tasks.ts'
import { words } from './words.ts'

/** How much a hint says: where, what, or all of it. */
export type Depth = 1 | 2 | 3

/** A hint for the next thing that does not hold; resolves with the status. */
export async function showHint(
  task: Task,
  depth: Depth,
  { lang, colors, width, print, signal }: Showing,
): Promise<number> {
  const tell = createTell(lang)
  const folder = exerciseFolder(task.step)
  const ending = AbortSignal.any([signal])
  const found = new AbortController()
  const judged = await judgeFolder(
    folder,
    propertiesOf(task),
    AbortSignal.any([ending, found.signal]),
    // One is enough to give a hint on.
    ({ results }) => {
      if (!results.every(isHeld)) found.abort()
    },
  )
  signal.throwIfAborted()
  const say = (text: string) => {
    for (const line of wrapProse(text, width - 2)) print(`  ${line}\n`)
  }
  if (judged.failure) {
    print(`${colors.red(tell(words.yoursDoesNotStart))}\n`)
    say(judged.failure)
    return 0
  }
  const next = findNext(judged)
  if (!next) {
    print(`${colors.green(tell(words.nothingToHint))}\n`)
    return 0
  }
  const { property, why } = next
  const file = placeOf(task, property.id)
  print(`${colors.bold(property.id)}\n`)
  say(property.claim[lang])
  print(`  ${colors.red(why)}\n\n`)
  say(
    tell(existsSync(join(folder, file)) ? words.hintWhere : words.hintNewFile, {
      file: `${relative(root, folder)}/${file}`,
    }),
  )
  const told = task.files.find((one) => one.file === file)
  if (told) say(told.says[lang])
  if (depth > 1) {
    print('\n')
    say(property.advice[lang])
    print(`  ${colors.dim(property.source[0] ?? '')}\n`)
  }
  if (depth > 2) {
    print('\n')
    return showReference(task, file)
  }
  print(`\n  ${colors.dim(tell(words.hintMore, { depth: depth + 1 }))}\n`)
  return 0
}

/** The learner's code against the step itself; resolves with the status. */
export async function compare(
  task: Task,
  now: boolean,
  { lang, colors, print, signal }: Showing,
): Promise<number> {
  const tell = createTell(lang)
  if (!now) {
    const folder = exerciseFolder(task.step)
    const judged = await judgeFolder(folder, propertiesOf(task), signal)
    signal.throwIfAborted()
    if (!isDone(judged)) {
      const next = findNext(judged)?.property.id ?? judged.failure ?? ''
      print(`${colors.red(tell(words.compareFirst, { next }))}\n`)
      return 1
    }
  }
  return showReference(task)
}

/** What separates the learner's folder, or one file of it, from the step. */
async function showReference({ step }: Task, file = 'src'): Promise<number> {
  const mine = join(exerciseFolder(step), file)
  const path = (folder: string) => relative(root, folder) || '.'
  const args = [
    ...['diff', '--no-index', '--no-prefix'],
    `-O${join(root, '.difforder')}`,
    '--',
    existsSync(mine) ? path(mine) : '/dev/null',
    path(join(folderOf(step), file)),
  ]
  const git = spawn('git', args, { cwd: root, stdio: 'inherit' })
  process.on('SIGINT', () => {})
  const [code] = await once(git, 'exit')
  return code === 1 ? 0 : (code ?? 1)
}

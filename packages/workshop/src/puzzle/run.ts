import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline/promises'
import {
  type Exercise,
  layExercise,
  readExercise,
  readPuzzles,
} from '@guard-up/exercises'
import { startSubject } from '@guard-up/lab'
import { catalogue, type Property } from 'guardcheck'
import { bench, copyPackage, makeFolder } from '../exercise/folders.ts'
import {
  isDone,
  isHeld,
  type Judged,
  judgeFolder,
} from '../exercise/judging.ts'
import { barOf, watchSaves } from '../exercise/run.ts'
import { words as exerciseWords } from '../exercise/words.ts'
import { root } from '../repository.ts'
import { wrapProse } from '../terminal/lines.ts'
import type { Showing } from '../terminal/showing.ts'
import { createTell } from '../terminal/tell.ts'
import { words } from './words.ts'

/** A broken server, by its place among the others. */
export interface Puzzle extends Exercise {
  number: number
  /** The step that it is a broken copy of. */
  step: number
}

/** What is asked of a puzzle. */
export interface PuzzleOptions {
  /** Judges once and ends; else at every save. */
  once?: boolean
  ask: boolean
  again?: boolean
  /** The id of a property that the learner takes for the broken one. */
  answer?: string
  /** Shows what separates it from a whole step, and nothing else. */
  solution?: boolean
}

/** All puzzles, the easiest first. */
export async function listPuzzles(): Promise<Puzzle[]> {
  const { order } = await readPuzzles()
  return Promise.all(
    order.map(async (name, index) => {
      const exercise = await readExercise(name)
      const step = Number(exercise.base.slice('step-'.length))
      return { ...exercise, number: index + 1, step }
    }),
  )
}

/** Where a puzzle is worked on: the name would give it away. */
const folderName = ({ number }: Puzzle) =>
  `puzzle-${`${number}`.padStart(2, '0')}`
const folderOfPuzzle = (puzzle: Puzzle) => join(bench, folderName(puzzle))

/**
 * What a puzzle is judged by: what it breaks first, then everything else that
 * its step promises. What takes long is asked only where it is what broke.
 */
export function propertiesOfPuzzle({ step, red }: Exercise & { step: number }) {
  // How tokens are kept is the matter of step 2, whose files these are.
  const spared = ({ slow, needs }: Property) =>
    step === 3 && (slow || needs.includes('keys'))
  const asked = catalogue.filter(
    (property) =>
      property.since <= step &&
      !property.id.startsWith('issuer/') &&
      !spared(property),
  )
  const broken = catalogue.filter(({ id }) => red.includes(id))
  return [...broken, ...asked.filter(({ id }) => !red.includes(id))]
}

/** The list of puzzles, which names no flaw. */
export async function showPuzzles({
  lang,
  colors,
  print,
}: Showing): Promise<number> {
  const tell = createTell(lang)
  const puzzles = await listPuzzles()
  print(`${colors.bold(tell(words.puzzlesTitle))}\n\n`)
  for (const step of [0, 1, 2, 3]) {
    const numbers = puzzles
      .filter((puzzle) => puzzle.step === step)
      .map(({ number }) => `${number}`.padStart(3))
    if (numbers.length === 0) continue
    print(`  ${tell(words.puzzlesOf, { step })}\n`)
    for (let at = 0; at < numbers.length; at += 15) {
      print(`    ${numbers.slice(at, at + 15).join(' ')}\n`)
    }
  }
  print(`\n  ${tell(words.puzzleOpens)}\n`)
  return 0
}

/** Opens a puzzle; resolves with the exit status. */
export async function runPuzzle(
  puzzle: Puzzle,
  options: PuzzleOptions,
  showing: Showing,
): Promise<number> {
  const { lang, colors, print, progress, signal } = showing
  const tell = createTell(lang)
  const folder = folderOfPuzzle(puzzle)
  if (options.solution) return showSolution(puzzle)
  if (options.answer !== undefined) {
    const right = puzzle.red.includes(options.answer)
    print(await describeAnswer(puzzle, options.answer, right, showing))
    return right ? 0 : 1
  }
  const existed = existsSync(folder) && !options.again
  const kept = existed ? undefined : await open(puzzle)
  const values = {
    number: puzzle.number,
    step: puzzle.step,
    folder: relative(root, folder),
  }
  print(`${colors.bold(tell(words.puzzleTitle, values))}\n\n`)
  say(tell(existed ? words.puzzleGoesOn : words.puzzleCopied, values), showing)
  if (kept) {
    say(
      tell(exerciseWords.exerciseKept, { folder: relative(root, kept) }),
      showing,
    )
  }
  print('\n')
  if (options.ask && !existed) await findIt(puzzle, showing)

  const properties: Property[] = propertiesOfPuzzle(puzzle)
  const judgeNow = async (saved: AbortSignal) => {
    const judged = await judgeFolder(
      folder,
      properties,
      saved,
      (now) => {
        const last =
          now.results.at(-1)?.property.id ?? tell(exerciseWords.startingYours)
        progress.show(barOf(now, showing).join('\n'), last)
      },
      ({ id }) => !puzzle.red.includes(id),
    )
    progress.clear()
    return judged
  }
  if (options.once) {
    const judged = await judgeNow(signal)
    signal.throwIfAborted()
    print(await summarize(puzzle, judged, showing))
    return isDone(judged) ? 0 : 1
  }
  for await (const saved of watchSaves(folder, signal)) {
    const judged = await judgeNow(saved)
    if (saved.aborted) continue
    print(await summarize(puzzle, judged, showing))
    if (isDone(judged)) return 0
  }
  say(tell(exerciseWords.exerciseLeft, values), showing)
  return 0
}

/** Copies a puzzle into the workshop; says where an older copy is kept. */
async function open(puzzle: Puzzle): Promise<string | undefined> {
  const { kept } = await makeFolder(
    folderName(puzzle),
    puzzle.base,
    async (fresh) => {
      await copyPackage(puzzle.base, fresh)
      await layExercise(puzzle.name, fresh)
    },
  )
  return kept
}

/** Serves the puzzle for poking at, until the broken property is named. */
async function findIt(puzzle: Puzzle, showing: Showing): Promise<void> {
  const { lang, colors, print, signal } = showing
  const tell = createTell(lang)
  const subject = await startSubject(folderOfPuzzle(puzzle))
  const { url, token, secondToken } = subject.options
  const reader = createInterface({
    input: process.stdin,
    output: process.stdout,
  })
  reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    say(tell(words.puzzleServes), showing)
    print(`    ${colors.cyan(url.href)}\n`)
    for (const secret of [token, secondToken].filter(Boolean)) {
      print(`    ${secret}\n`)
    }
    print('\n')
    say(tell(words.puzzleAsk, { number: puzzle.number }), showing)
    for (;;) {
      const given = await reader
        .question(`  ${tell(words.puzzlePrompt)} `, { signal })
        .catch(() => '')
      signal.throwIfAborted()
      const answer = given.trim()
      if (answer === '') return
      const ids = catalogue.map(({ id }) => id as string)
      const id = ids.find((one) => one === answer || one.endsWith(`/${answer}`))
      const right = id !== undefined && puzzle.red.includes(id)
      print(await describeAnswer(puzzle, id ?? answer, right, showing))
      if (right) return
    }
  } finally {
    reader.close()
    await subject.stop()
  }
}

/** Whether a property is the broken one; if so, what was done, and why not so. */
async function describeAnswer(
  puzzle: Puzzle,
  answer: string,
  right: boolean,
  { lang, colors, width }: Showing,
): Promise<string> {
  const tell = createTell(lang)
  const lines = (text: string, indent = 2) =>
    wrapProse(text, width - indent).map((line) => ' '.repeat(indent) + line)
  if (!catalogue.some(({ id }) => id === answer)) {
    return `${lines(tell(words.noProperty, { id: answer })).join('\n')}\n\n`
  }
  if (!right) {
    return `${lines(tell(words.puzzleWrong, { id: answer })).join('\n')}\n\n`
  }
  const { tempting } = await readPuzzles()
  const repairs = tempting[puzzle.name] ?? []
  return `${[
    ...lines(colors.green(tell(words.puzzleRight, { id: answer }))),
    ...lines(puzzle.story[lang]),
    '',
    ...(repairs.length > 0
      ? [`  ${colors.bold(tell(words.puzzleTempting))}`]
      : []),
    ...repairs.flatMap((text) => [
      ...lines(`${text[lang].repair}`, 4),
      ...lines(text[lang].but, 8).map((line) => colors.dim(line)),
    ]),
  ].join('\n')}\n\n`
}

/** What one judgement came to. */
async function summarize(
  puzzle: Puzzle,
  judged: Judged,
  showing: Showing,
): Promise<string> {
  const { lang, colors, width } = showing
  const tell = createTell(lang)
  const lines = (text: string, indent: number) =>
    wrapProse(text, width - indent).map((line) => ' '.repeat(indent) + line)
  if (judged.failure) {
    return `${[
      `  ${colors.red(tell(exerciseWords.yoursDoesNotStart))}`,
      ...lines(judged.failure, 4),
      `  ${colors.dim(tell(exerciseWords.savesAreSeen))}`,
    ].join('\n')}\n\n`
  }
  if (isDone(judged)) {
    return `${[
      ...barOf(judged, showing),
      '',
      `  ${colors.green(colors.bold(tell(words.puzzleDone, { number: puzzle.number })))}`,
      ...lines(puzzle.story[lang], 2),
      `  ${tell(words.puzzleCompare, { number: puzzle.number })}`,
    ].join('\n')}\n\n`
  }
  const red = judged.results.filter((result) => !isHeld(result))
  const others = red.filter(({ property }) => !puzzle.red.includes(property.id))
  return `${[
    ...barOf(judged, showing),
    '',
    ...lines(tell(words.puzzleStill, { count: red.length - others.length }), 2),
    ...others.flatMap(({ property, why }) => [
      ...lines(tell(words.puzzleBroke, { id: property.id }), 2),
      ...lines(why, 4).map((line) => colors.red(line)),
    ]),
    `  ${colors.dim(tell(exerciseWords.savesAreSeen))}`,
  ].join('\n')}\n\n`
}

/** The broken server against the step; resolves with the status. */
async function showSolution({ name, base }: Puzzle): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'guard-up-solution-'))
  try {
    await layExercise(name, join(folder, name))
    await copyPackage(base, join(folder, base), ['src', 'bin'])
    const args = ['diff', '--no-index', '--no-prefix', '--', name, base]
    const git = spawn('git', args, { cwd: folder, stdio: 'inherit' })
    // The pager takes Ctrl-C itself, and must not lose its terminal.
    process.on('SIGINT', () => {})
    const [code] = await once(git, 'exit')
    return code === 1 ? 0 : (code ?? 1)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function say(text: string, { print, width }: Showing): void {
  for (const line of wrapProse(text, width - 2)) print(`  ${line}\n`)
}

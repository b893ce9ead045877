import { Option } from 'commander'
import {
  addCommand,
  type Cli,
  createShowing,
  languageOption,
  Misuse,
  readTerminal,
  requireGit,
} from '../cli.ts'
import type { Tell } from '../terminal/tell.ts'
import { listOpen } from './folders.ts'
import type { Depth } from './hint.ts'
import { words } from './words.ts'

interface ExerciseFlags {
  once?: true
  ask: boolean
  again?: true
  catchUp?: true
  code?: true
}

interface HintFlags {
  exercise?: string
}

interface CompareFlags {
  now?: true
}

export function addCommands(cli: Cli): void {
  const { tell } = cli
  const open = (number: string, flags: ExerciseFlags) =>
    exercise(number, flags, cli)
  addCommand(cli, 'exercise', words.aboutExercise, open, {
    example: 'run exercise 1',
  })
    .argument('<number>', tell(words.argumentExercise))
    .option('--once', tell(words.optionOnceJudged))
    .option('--no-ask', tell(words.optionNoAsk))
    .addOption(
      new Option('--again', tell(words.optionAgain)).conflicts('catchUp'),
    )
    .option('--catch-up', tell(words.optionCatchUp))
    .option('--code', tell(words.optionCode))
    .addOption(languageOption(cli))

  const help = (depth: string | undefined, flags: HintFlags) =>
    hint(depth, flags, cli)
  addCommand(cli, 'hint', words.aboutHint, help, { usage: 'run hint [depth]' })
    .argument('[depth]', tell(words.argumentDepth))
    .option('--exercise <number>', tell(words.optionExercise))
    .addOption(languageOption(cli))

  const match = (number: string | undefined, flags: CompareFlags) =>
    compare(number, flags, cli)
  addCommand(cli, 'compare', words.aboutCompare, match)
    .argument('[number]', tell(words.argumentExercise))
    .option('--now', tell(words.optionNow))
    .addOption(languageOption(cli))
}

async function exercise(
  number: string,
  flags: ExerciseFlags,
  cli: Cli,
): Promise<number> {
  const options = { ...flags, ...readTerminal(flags) }
  const task = await readTask(number, cli.tell)
  const { runExercise } = await import('./run.ts')
  return runExercise(task, options, await createShowing(cli))
}

async function readTask(number: string, tell: Tell) {
  if (!/^[123]$/.test(number)) {
    throw new Misuse(tell(words.noExercise, { step: number }))
  }
  const { taskOf } = await import('./run.ts')
  return taskOf(Number(number))
}

/** The task that is named, or else the one that was worked on last. */
async function findTask(number: string | undefined, tell: Tell) {
  const open = await listOpen()
  if (number !== undefined) {
    const task = await readTask(number, tell)
    if (open.some(({ step }) => step === task.step)) return task
  } else if (open[0]) return readTask(`${open[0].step}`, tell)
  throw new Misuse(tell(words.noneOpen))
}

async function hint(
  depth = '1',
  { exercise }: HintFlags,
  cli: Cli,
): Promise<number> {
  const { tell } = cli
  if (!/^[123]$/.test(depth)) throw new Misuse(tell(words.badDepth, { depth }))
  const task = await findTask(exercise, tell)
  const { showHint } = await import('./hint.ts')
  return showHint(task, Number(depth) as Depth, await createShowing(cli))
}

async function compare(
  number: string | undefined,
  { now = false }: { now?: boolean },
  cli: Cli,
): Promise<number> {
  const task = await findTask(number, cli.tell)
  const { compare } = await import('./hint.ts')
  return requireGit(compare(task, now, await createShowing(cli)), cli.tell)
}

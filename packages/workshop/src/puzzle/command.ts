import {
  addCommand,
  type Cli,
  createShowing,
  languageOption,
  Misuse,
  readTerminal,
} from '../cli.ts'
import { words as exerciseWords } from '../exercise/words.ts'
import { words } from './words.ts'

interface PuzzleFlags {
  once?: true
  ask: boolean
  again?: true
  answer?: string
  solution?: true
}

export function addCommands(cli: Cli): void {
  const { tell } = cli
  const action = (name: string | undefined, flags: PuzzleFlags) =>
    puzzle(name, flags, cli)
  addCommand(cli, 'puzzle', words.aboutPuzzle, action, {
    usage: 'run puzzle [number] -- [options]',
    example: 'run puzzle 1',
  })
    .argument('[name]', tell(words.argumentPuzzle))
    .option('--once', tell(exerciseWords.optionOnceJudged))
    .option('--no-ask', tell(exerciseWords.optionNoAsk))
    .option('--again', tell(exerciseWords.optionAgain))
    .option('--answer <id>', tell(words.optionAnswer))
    .option('--solution', tell(words.optionSolution))
    .addOption(languageOption(cli))
}

async function puzzle(
  name: string | undefined,
  flags: PuzzleFlags,
  cli: Cli,
): Promise<number> {
  const { listPuzzles, runPuzzle, showPuzzles } = await import('./run.ts')
  if (name === undefined) return showPuzzles(await createShowing(cli))
  const puzzles = await listPuzzles()
  const chosen = puzzles.find(
    (puzzle) => puzzle.name === name || `${puzzle.number}` === name,
  )
  if (!chosen) throw new Misuse(cli.tell(words.noPuzzle, { name }))
  const options = { ...flags, ...readTerminal(flags) }
  return runPuzzle(chosen, options, await createShowing(cli))
}

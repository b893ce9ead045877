import { Option } from 'commander'
import {
  addCommand,
  type Cli,
  createProgress,
  languageOption,
  readStep,
} from '../cli.ts'
import { watchEnding } from '../terminal/signals.ts'
import { words } from './words.ts'

interface TourFlags {
  once?: true
  stay?: true
  check?: true
  step?: string[]
}

export function addCommands(cli: Cli): void {
  const { tell } = cli
  const action = (flags: TourFlags) => tour(flags, cli)
  addCommand(cli, 'tour', words.aboutTour, action, {
    usage: 'start -- [options]',
    example: 'start',
  })
    .addOption(
      new Option('--once', tell(words.optionOnce)).conflicts(['stay', 'check']),
    )
    .addOption(new Option('--stay', tell(words.optionStay)).conflicts('check'))
    .option('--step <n...>', tell(words.optionSteps))
    .option('--check', tell(words.optionCheck))
    .addOption(languageOption(cli))
}

async function tour(flags: TourFlags, cli: Cli): Promise<number> {
  const { lang, tell, colors, width, print } = cli
  const { once, stay = process.stdout.isTTY && !once } = flags
  const steps = flags.step?.map((step) => readStep(step, tell)).sort()
  if (flags.check) {
    const { checkMachine, readMachine } = await import('./preflight.ts')
    return checkMachine(readMachine(lang, colors), { colors, width, print })
  }
  const { runTour } = await import('./run.ts')
  const progress = await createProgress()
  const signal = watchEnding()
  return runTour({ lang, colors, stay, signal, print, progress, steps })
}

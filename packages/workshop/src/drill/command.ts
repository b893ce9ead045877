import { Option } from 'commander'
import {
  addCommand,
  type Cli,
  createProgress,
  createShowing,
  languageOption,
  Misuse,
} from '../cli.ts'
import { words } from './words.ts'

interface DrillFlags {
  seconds: string
}

export function addCommands(cli: Cli): void {
  const { tell } = cli
  const action = (flags: DrillFlags) => drill(flags, cli)
  addCommand(cli, 'drill', words.aboutDrill, action)
    .addOption(
      new Option('--seconds <n>', tell(words.optionSeconds)).default('60'),
    )
    .addOption(languageOption(cli))
}

async function drill({ seconds }: DrillFlags, cli: Cli): Promise<number> {
  const whole = /^\d{1,3}$/.test(seconds)
  if (!whole || Number(seconds) < 5 || Number(seconds) > 600) {
    throw new Misuse(cli.tell(words.badSeconds, { seconds }))
  }
  const { stdin, stdout } = process
  const keyboard = stdin.isTTY === true && stdout.isTTY === true
  const { runDrill } = await import('./run.ts')
  const progress = await createProgress()
  const showing = { ...(await createShowing(cli)), progress }
  return runDrill(Number(seconds), keyboard, showing)
}

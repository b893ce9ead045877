import {
  addCommand,
  type Cli,
  languageOption,
  Misuse,
  readStep,
} from '../cli.ts'
import { watchEnding } from '../terminal/signals.ts'
import { common } from '../terminal/tell.ts'
import { words } from './words.ts'

export function addCommands(cli: Cli): void {
  const { tell } = cli
  const action = (number: string, name?: string) => attack(number, name, cli)
  addCommand(cli, 'attack', words.aboutAttack, action, {
    example: 'run attack 0',
  })
    .argument('<step>', tell(common.argumentStep))
    .argument('[name]', tell(words.argumentAttack))
    .addOption(languageOption(cli))
}

async function attack(
  number: string,
  name: string | undefined,
  { lang, tell, colors, width, print }: Cli,
): Promise<number> {
  const step = readStep(number, tell)
  const { attacks } = await import('./list.ts')
  const { listAttacks, showAttack } = await import('./show.ts')
  const chosen = attacks.find((attack) => attack.name === name)
  if (!chosen) {
    print(listAttacks(step, { lang, colors }))
    if (name === undefined) return 0
    throw new Misuse(tell(words.unknownAttack, { name }))
  }
  const signal = watchEnding()
  return showAttack(step, chosen, { lang, colors, width, signal, print })
}

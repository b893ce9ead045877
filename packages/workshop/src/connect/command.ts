import { Option } from 'commander'
import {
  addCommand,
  type Cli,
  languageOption,
  Misuse,
  readPort,
  readStep,
} from '../cli.ts'
import { common } from '../terminal/tell.ts'
import { readShell, type Shell, shells } from './shells.ts'
import { words } from './words.ts'

interface ConnectFlags {
  shell?: Shell
  port?: string
  write?: true
  check?: true
}

export function addCommands(cli: Cli): void {
  const { tell } = cli
  const action = (
    name: string | undefined,
    number: string | undefined,
    flags: ConnectFlags,
  ) => connect(name, number, flags, cli)
  addCommand(cli, 'connect', words.aboutConnect, action)
    .argument('[client]', tell(words.argumentClient))
    .argument('[step]', tell(common.argumentStep))
    .addOption(
      new Option('--shell <shell>', tell(words.optionShell)).choices(shells),
    )
    .option('--port <port>', tell(words.optionPort))
    .addOption(
      new Option('--write', tell(words.optionWrite)).conflicts('check'),
    )
    .option('--check', tell(words.optionCheckPages))
    .addOption(languageOption(cli))
}

async function connect(
  name: string | undefined,
  number: string | undefined,
  { shell = readShell(process.platform), port, write, check }: ConnectFlags,
  { lang, tell, colors, width, print }: Cli,
): Promise<number> {
  if (write || check) {
    const { checkPages, writePages } = await import('./write-pages.ts')
    return write ? writePages({ tell, print }) : checkPages({ tell, print })
  }
  const { clients } = await import('./recipes/list.ts')
  const { listClients, showClient } = await import('./show.ts')
  const options = { lang, colors, width }
  const client = clients.find((client) => client.name === name)
  if (!client) {
    print(listClients(options))
    if (name === undefined) return 0
    throw new Misuse(tell(words.unknownClient, { name }))
  }
  if (number === undefined) {
    throw new Misuse(tell(words.whichStep, { name: client.name }))
  }
  const step = readStep(number, tell)
  const choice = {
    shell,
    port: port === undefined ? undefined : readPort(port, tell),
  }
  print(showClient(client, step, options, choice))
  return 0
}

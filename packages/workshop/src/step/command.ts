import {
  addCommand,
  type Cli,
  languageOption,
  Misuse,
  readStep,
} from '../cli.ts'
import { next } from '../repository.ts'
import { common } from '../terminal/tell.ts'
import { words } from './words.ts'

interface StepFlags {
  stdio?: true
}

interface IssuerFlags {
  lie?: string
}

export function addCommands(cli: Cli): void {
  const { tell } = cli
  const serve = (number: string, flags: StepFlags) => step(number, flags, cli)
  addCommand(cli, 'step', words.aboutStep, serve, { example: 'run step 0' })
    .argument('<step>', tell(common.argumentStep))
    .option('--stdio', tell(words.optionStdio))
    .addOption(languageOption(cli))

  const issue = (flags: IssuerFlags) => issuer(flags, cli)
  addCommand(cli, 'issuer', words.aboutIssuer, issue)
    .option('--lie <name>', tell(words.optionLie))
    .addOption(languageOption(cli))
}

async function step(
  number: string,
  { stdio = false }: { stdio?: boolean },
  { tell }: Cli,
): Promise<number> {
  const step = number === next ? next : readStep(number, tell)
  const { serveStep } = await import('./serve.ts')
  return serveStep(step, { stdio, tell })
}

async function issuer(
  { lie }: IssuerFlags,
  { lang, tell, colors, print }: Cli,
): Promise<number> {
  if (lie === undefined) {
    const { serveIssuer } = await import('./serve.ts')
    return serveIssuer(tell)
  }
  const { isLie, listLies, tellLie } = await import('./lie.ts')
  if (isLie(lie)) return tellLie(lie, { lang, colors, print })
  print(listLies({ lang, colors, print }))
  if (lie === 'list') return 0
  throw new Misuse(tell(words.unknownLie, { name: lie }))
}

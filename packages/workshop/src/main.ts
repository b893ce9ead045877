import { Command, CommanderError } from 'commander'
import { type Language, languages, readLanguage } from 'guardcheck/language'
import { type Cli, describeUsage, Misuse } from './cli.ts'
import { describeFailure, NotServing } from './step/failure.ts'
import { createColors, readWidth } from './terminal/colors.ts'
import { Ended } from './terminal/signals.ts'
import { common, createTell, misuses } from './terminal/tell.ts'

/** Where each command is, in the order of the help. */
const folders = {
  tour: () => import('./tour/command.ts'),
  page: () => import('./page/command.ts'),
  attack: () => import('./attack/command.ts'),
  step: () => import('./step/command.ts'),
  refund: () => import('./refund/command.ts'),
  diff: () => import('./diff/command.ts'),
  connect: () => import('./connect/command.ts'),
  exercise: () => import('./exercise/command.ts'),
  puzzle: () => import('./puzzle/command.ts'),
  drill: () => import('./drill/command.ts'),
  host: () => import('./host/command.ts'),
}

/** Commands that lie in the folder of another. */
const beside: Record<string, keyof typeof folders> = {
  issuer: 'step',
  hint: 'exercise',
  compare: 'exercise',
}

const { argv, env, stdout, stderr } = process
const lang = chooseLanguage(argv)
const tell = createTell(lang)

/** What --lang says, before anything has to be said; else the locale. */
function chooseLanguage(args: readonly string[]): Language {
  const given = /(?:^|\n)--lang[=\n]([^\n]+)/.exec(args.join('\n'))?.[1]
  return languages.find((name) => name === given) ?? readLanguage(env)
}

const titles: Record<string, string> = {
  'Usage:': tell(common.usage),
  'Arguments:': tell(common.arguments),
  'Options:': tell(common.options),
  'Commands:': tell(common.commands),
}

const program = new Command('workshop')
  .description(tell(common.about))
  .configureHelp({
    styleTitle: (title) => titles[title] ?? title,
    commandUsage: describeUsage,
    optionDescription: ({ description }) => description,
  })
  .configureOutput({ outputError: () => {} })
  .helpOption('-h, --help', tell(common.optionHelp))
  .helpCommand(false)
  .enablePositionalOptions()
  .exitOverride()

/** Loads what the command that is called needs; all, where none is. */
async function addFolders(cli: Cli): Promise<void> {
  const name = argv[2] ?? ''
  const folder = Object.entries(folders).find(
    ([key]) => key === (Object.hasOwn(beside, name) ? beside[name] : name),
  )
  const loads = folder ? [folder[1]] : Object.values(folders)
  for (const load of loads) (await load()).addCommands(cli)
}

/** Says what went wrong; resolves with the exit status. */
function explain(error: unknown): number {
  if (error instanceof Ended) return error.exitCode
  if (error instanceof NotServing) {
    stderr.write(`${describeFailure(error, tell)}\n`)
    return 2
  }
  if (error instanceof Misuse) {
    stderr.write(`${error.message}\n`)
    return 2
  }
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    const text = misuses[error.code.replace('commander.', '')]
    const named = [...error.message.matchAll(/'([^']+)'/g)]
    const values = Object.fromEntries(named.map(([, name], i) => [i, name]))
    if (text) stderr.write(`${tell(text, values as Record<string, string>)}\n`)
    return 2
  }
  stderr.write(`${error instanceof Error ? error.stack : error}\n`)
  return 1
}

addFolders({
  program,
  lang,
  tell,
  colors: createColors(env, stdout),
  width: readWidth(stdout),
  print: (text) => void stdout.write(text),
})
  .then(() => program.parseAsync())
  .catch((error) => {
    process.exitCode = explain(error)
  })

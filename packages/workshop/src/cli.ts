import { type Command, Option } from 'commander'
import type { Step, Text } from 'guardcheck'
import { type Language, languages } from 'guardcheck/language'
import { listSteps } from './repository.ts'
import type { Colors } from './terminal/colors.ts'
import type { Showing } from './terminal/showing.ts'
import { watchEnding } from './terminal/signals.ts'
import { common, listed, type Tell } from './terminal/tell.ts'

/** A mistake in how a command was called: one sentence, exit 2. */
export class Misuse extends Error {}

/** What a command is handed: where it is added, and how it speaks. */
export interface Cli {
  program: Command
  lang: Language
  tell: Tell
  colors: Colors
  width: number
  print(text: string): void
}

/** How a command is called, where that does not follow from its name. */
interface Call {
  /** As its help shows it, after `npm`. */
  usage?: string
  /** The least that is typed to call it, after `npm`. */
  example?: string
  /** Options that are another program's. */
  passes?: string[]
}

/** Adds a command whose action resolves with the exit status. */
export function addCommand<T extends unknown[]>(
  { program, tell }: Cli,
  name: string,
  about: Text,
  action: (...args: T) => Promise<number>,
  { usage, example = `run ${name}`, passes = [] }: Call = {},
): Command {
  const command = program
    .command(name)
    .description(tell(about))
    .action(async (...args: unknown[]) => {
      const own = command.options.map(({ long }) => long ?? '')
      refuseSwallowed(example, [...own, ...passes], tell)
      process.exitCode = await action(...(args as T))
    })
  return usage === undefined ? command : command.usage(usage)
}

/** Shows how a learner calls a command, as its help does. */
export function describeUsage(command: Command): string {
  if (!command.parent) return 'npm run <command>'
  const usage = command.usage()
  if (!usage.startsWith('[options]')) return `npm ${usage}`
  const called = usage.replace('[options]', `npm run ${command.name()}`)
  return `${called} -- [options]`
}

/** npm takes an option that no -- stands before, and tells only this. */
function refuseSwallowed(command: string, options: string[], tell: Tell): void {
  const option = options.find((option) => {
    const name = option.replace(/^--(?:no-)?/, '').replaceAll('-', '_')
    return process.env[`npm_config_${name}`] !== undefined
  })
  if (option) throw new Misuse(tell(common.swallowed, { command, option }))
}

export const languageOption = ({ tell }: Cli) =>
  new Option('--lang <lang>', tell(common.optionLang)).choices(languages)

/** The number of a step that is here. */
export function readStep(text: string, tell: Tell): Step {
  const steps = listSteps()
  const step = steps.find((step) => `${step}` === text)
  if (step !== undefined) return step
  const values = { step: text, steps: listed(steps, tell) }
  throw new Misuse(tell(common.unknownStep, values))
}

export function readPort(text: string, tell: Tell): number {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new Misuse(tell(common.badPort, { port: text }))
}

/** Says that git is missing, where that is why `work` failed. */
export async function requireGit<T>(work: Promise<T>, tell: Tell): Promise<T> {
  return work.catch((error) => {
    if (error.code !== 'ENOENT') throw error
    throw new Misuse(tell(common.noGit))
  })
}

/** Where it is told on stderr how far something is. */
export async function createProgress() {
  const progress = await import('./terminal/progress.ts')
  return progress.createProgress(process.stderr)
}

/** How an exercise is shown here. */
export async function createShowing(cli: Cli): Promise<Showing> {
  const { lang, colors, width, print } = cli
  const progress = process.stderr.isTTY
    ? await createProgress()
    : { show() {}, clear() {} }
  return { lang, colors, width, print, progress, signal: watchEnding() }
}

/** Whether somebody sits here who can be asked, and whether to go on. */
export function readTerminal(flags: { once?: true; ask: boolean }) {
  const { stdin, stdout } = process
  const ask = flags.ask && stdin.isTTY === true && stdout.isTTY === true
  return { ask, once: flags.once ?? !stdout.isTTY }
}

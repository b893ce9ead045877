import { Argument, Command, CommanderError, Option } from 'commander'
import type { Step } from 'guardcheck'
import { type Language, languages, readLanguage } from 'guardcheck/language'
import { readShell, type Shell, shells } from './connect/shells.ts'
import { listOpen } from './exercise/folders.ts'
import type { Depth } from './exercise/hint.ts'
import type { Showing } from './exercise/run.ts'
import {
  makeArchive,
  NoArchive,
  type Platform,
  platforms,
} from './host/archive.ts'
import { listSteps, next } from './repository.ts'
import { describeFailure, NotServing } from './step/failure.ts'
import { createColors, readWidth } from './terminal/colors.ts'
import { Ended, untilAborted, watchEnding } from './terminal/signals.ts'
import { createTell, listed, misuses, words } from './words.ts'

// What a command runs is loaded when it is called: most need little of it.

/** A mistake in how a command was called: one sentence, exit 2. */
class Misuse extends Error {}

const { argv, env, stdout, stderr } = process
const lang = chooseLanguage(argv)
const tell = createTell(lang)
const colors = createColors(env, stdout)
const width = readWidth(stdout)
const print = (text: string) => void stdout.write(text)

/** What --lang says, before anything has to be said; else the locale. */
function chooseLanguage(args: readonly string[]): Language {
  const given = /(?:^|\n)--lang[=\n]([^\n]+)/.exec(args.join('\n'))?.[1]
  return languages.find((name) => name === given) ?? readLanguage(env)
}

/** The number of a step that is here. */
function readStep(text: string): Step {
  const steps = listSteps()
  const step = steps.find((step) => `${step}` === text)
  if (step !== undefined) return step
  const values = { step: text, steps: listed(steps, tell) }
  throw new Misuse(tell(words.unknownStep, values))
}

interface TourFlags {
  once?: true
  stay?: true
  check?: true
  step?: string[]
}

async function tour({ once, stay, check, step }: TourFlags): Promise<number> {
  refuseSwallowed('start', ['once', 'stay', 'check', 'step', 'lang'])
  const steps = step?.map(readStep).sort()
  if (check) {
    const { checkMachine, readMachine } = await import('./tour/preflight.ts')
    const machine = readMachine(lang, colors)
    return checkMachine(machine, { colors, width, print })
  }
  const { runTour } = await import('./tour/run.ts')
  const progress = await createProgress()
  const stays = stay ?? (stdout.isTTY && !once)
  const signal = watchEnding()
  return runTour({
    lang,
    colors,
    stay: stays,
    signal,
    print,
    progress,
    steps,
  })
}

interface PageFlags {
  port?: string
  record?: true
}

async function page({ port, record }: PageFlags): Promise<number> {
  refuseSwallowed('run page', ['port', 'record', 'lang'])
  const first = port === undefined || port === '0' ? port : readPort(port)
  const signal = watchEnding()
  if (record) {
    const { recordRun } = await import('./page/record.ts')
    return recordRun({ tell, print, signal })
  }
  const { openPage } = await import('./page/server.ts')
  const opened = await openPage({
    lang,
    ...(first === undefined ? {} : { port: Number(first) }),
  })
  try {
    print(`\n  ${tell(words.pageServes)}\n\n`)
    print(`  ${colors.bold(opened.url.href)}\n`)
    await untilAborted(signal, new Promise(() => {}))
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await opened.close()
  }
  return 0
}

async function attack(number: string, name?: string): Promise<number> {
  refuseSwallowed('run attack 0', ['lang'])
  const step = readStep(number)
  const { attacks } = await import('./attack/list.ts')
  const { listAttacks, showAttack } = await import('./attack/show.ts')
  const chosen = attacks.find((attack) => attack.name === name)
  if (!chosen) {
    print(listAttacks(step, { lang, colors }))
    if (name === undefined) return 0
    throw new Misuse(tell(words.unknownAttack, { name }))
  }
  const signal = watchEnding()
  return showAttack(step, chosen, { lang, colors, width, signal, print })
}

async function step(number: string, flags: { stdio?: true }): Promise<number> {
  refuseSwallowed('run step 0', ['stdio', 'lang'])
  const stdio = flags.stdio ?? false
  const step = number === next ? next : readStep(number)
  const { serveStep } = await import('./step/serve.ts')
  return serveStep(step, { stdio, tell })
}

async function issuer({ lie }: { lie?: string }): Promise<number> {
  refuseSwallowed('run issuer', ['lie', 'lang'])
  if (lie === undefined) {
    const { serveIssuer } = await import('./step/serve.ts')
    return serveIssuer(tell)
  }
  const { isLie, listLies, tellLie } = await import('./step/lie.ts')
  if (isLie(lie)) return tellLie(lie, { lang, colors, print })
  print(listLies({ lang, colors, print }))
  if (lie === 'list') return 0
  throw new Misuse(tell(words.unknownLie, { name: lie }))
}

async function refund({ url }: { url: string }): Promise<number> {
  refuseSwallowed('run refund', ['url', 'lang'])
  if (!/^https?:/.test(url) || !URL.canParse(url)) {
    throw new Misuse(tell(words.badUrl))
  }
  const { issueRefund, runTrusting, SignInFailed } = await import(
    './refund/run.ts'
  )
  const again = runTrusting(argv.slice(2))
  if (again) return again
  const signal = watchEnding()
  try {
    await issueRefund({ url: new URL(url), tell, colors, signal, print })
    return 0
  } catch (error) {
    if (error instanceof SignInFailed) {
      const { message } = error
      throw new Misuse(tell(words.refundRefused, { error: message }))
    }
    const { code } = Object(Object(error).cause)
    if (typeof code !== 'string') throw error
    throw new Misuse(tell(words.refundNoServer, { url, error: code }))
  }
}

async function diff(name: string, rest: string[]): Promise<number> {
  refuseSwallowed('run diff 1', ['stat'])
  const { readDiff, readParts, showDiff } = await import('./diff/show.ts')
  const parts = readParts()
  const part = parts.get(name)
  if (!part && /^\d[a-z]$/.test(name)) {
    const names = [...parts.keys()].join(tell(words.and))
    throw new Misuse(tell(words.unknownPart, { part: name, parts: names }))
  }
  const step = name === next || part ? name : readStep(name)
  if (step === 0) throw new Misuse(tell(words.noDiff, { step }))
  const told = part ?? readDiff(step as Step | typeof next)
  const options = rest.findIndex((it) => it.startsWith('-'))
  const files = options < 0 ? rest : rest.slice(0, options)
  for (const file of files) {
    if (told.files.includes(file)) continue
    const diff = part ? name : tell(words.step, { step: name })
    const values = { diff, file, files: told.files.join(tell(words.and)) }
    throw new Misuse(tell(words.untouched, values))
  }
  try {
    return await showDiff(
      files.length > 0 ? { ...told, files } : told,
      rest.slice(files.length),
    )
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new Misuse(tell(words.noGit))
  }
}

interface ExerciseFlags {
  once?: true
  ask: boolean
  again?: true
  catchUp?: true
  code?: true
}

/** How an exercise is shown here. */
const show = async (): Promise<Showing> => ({
  lang,
  colors,
  width,
  print,
  progress: stderr.isTTY ? await createProgress() : { show() {}, clear() {} },
  signal: watchEnding(),
})

/** Where it is told on stderr how far something is. */
async function createProgress() {
  const progress = await import('./terminal/progress.ts')
  return progress.createProgress(stderr)
}

const exerciseOptions = ['once', 'ask', 'again', 'catch-up', 'code', 'lang']

async function exercise(number: string, flags: ExerciseFlags): Promise<number> {
  refuseSwallowed('run exercise 1', exerciseOptions)
  const { stdin } = process
  const ask = flags.ask && stdin.isTTY === true && stdout.isTTY === true
  const once = flags.once ?? !stdout.isTTY
  const task = await readTask(number)
  const { runExercise } = await import('./exercise/run.ts')
  return runExercise(task, { ...flags, once, ask }, await show())
}

async function readTask(number: string) {
  if (!/^[123]$/.test(number)) {
    throw new Misuse(tell(words.noExercise, { step: number }))
  }
  const { taskOf } = await import('./exercise/run.ts')
  return taskOf(Number(number))
}

/** The task that is named, or else the one that was worked on last. */
async function findTask(number?: string) {
  const open = await listOpen()
  if (number !== undefined) {
    const task = await readTask(number)
    if (open.some(({ step }) => step === task.step)) return task
  } else if (open[0]) return readTask(`${open[0].step}`)
  throw new Misuse(tell(words.noneOpen))
}

async function hint(
  depth = '1',
  { exercise }: { exercise?: string } = {},
): Promise<number> {
  refuseSwallowed('run hint', ['exercise', 'lang'])
  if (!/^[123]$/.test(depth)) throw new Misuse(tell(words.badDepth, { depth }))
  const task = await findTask(exercise)
  const { showHint } = await import('./exercise/hint.ts')
  return showHint(task, Number(depth) as Depth, await show())
}

async function compareWith(
  number: string | undefined,
  { now }: { now?: true },
): Promise<number> {
  refuseSwallowed('run compare', ['now', 'lang'])
  const task = await findTask(number)
  const { compare } = await import('./exercise/hint.ts')
  try {
    return await compare(task, now ?? false, await show())
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new Misuse(tell(words.noGit))
  }
}

interface HostFlags {
  for?: Platform[]
}

async function host(
  task: 'verify' | 'archive',
  what: string | undefined,
  flags: HostFlags,
): Promise<number> {
  refuseSwallowed('run host', ['for', 'lang'])
  if (task === 'archive') return archive(what, flags.for ?? platforms)
  const { decodeProgress } = await import('./exercise/code.ts')
  const told = what === undefined ? undefined : decodeProgress(what)
  if (!told) throw new Misuse(tell(words.codeMisread, { code: what ?? '' }))
  const { step, holds, lacks } = told
  const total = holds.length + lacks.length
  const lines = [
    tell(words.codeSays, { step, count: holds.length, total }),
    ...lacks.map((id) => `  ${colors.red('✗')} ${id}`),
    ...holds.map((id) => `  ${colors.green('✓')} ${id}`),
  ]
  print(`${lines.join('\n')}\n`)
  return 0
}

async function archive(
  file = 'guard-up.tar.gz',
  chosen: readonly Platform[],
): Promise<number> {
  const progress = await createProgress()
  try {
    const { bytes, dirty, served } = await makeArchive({
      file,
      platforms: chosen,
      signal: watchEnding(),
      onStage(stage, count = 0) {
        const values = { count: count || '' }
        const said = tell(words[`archive_${stage}`], values).trim()
        // Without a terminal, a line for each stage is enough.
        if (count === 0 || stderr.isTTY) progress.show(`  ${said}`, said)
      },
    })
    progress.clear()
    if (dirty) print(`${tell(words.archiveDirty)}\n`)
    const size = Math.ceil(bytes / 1024 / 1024)
    const lacking = chosen.filter((one) => !served.includes(one)).join(', ')
    if (lacking) print(`${tell(words.archiveLacks, { lacking })}\n`)
    const values = { file, size, platforms: served.join(', ') }
    print(`${tell(words.archiveMade, values)}\n`)
    return 0
  } catch (error) {
    progress.clear()
    if (!(error instanceof NoArchive)) throw error
    throw new Misuse(tell(words[error.reason], { detail: error.detail }))
  }
}

interface PuzzleFlags {
  once?: true
  ask: boolean
  again?: true
  answer?: string
  solution?: true
}

async function puzzle(
  name: string | undefined,
  flags: PuzzleFlags,
): Promise<number> {
  const names = ['once', 'ask', 'again', 'answer', 'solution', 'lang']
  refuseSwallowed('run puzzle 1', names)
  const { listPuzzles, runPuzzle, showPuzzles } = await import(
    './puzzle/run.ts'
  )
  if (name === undefined) return showPuzzles(await show())
  const puzzles = await listPuzzles()
  const chosen = puzzles.find(
    (puzzle) => puzzle.name === name || `${puzzle.number}` === name,
  )
  if (!chosen) throw new Misuse(tell(words.noPuzzle, { name }))
  const { stdin } = process
  const ask = flags.ask && stdin.isTTY === true && stdout.isTTY === true
  const once = flags.once ?? !stdout.isTTY
  return runPuzzle(chosen, { ...flags, once, ask }, await show())
}

async function drill({ seconds }: { seconds: string }): Promise<number> {
  refuseSwallowed('run drill', ['seconds', 'lang'])
  if (
    !/^\d{1,3}$/.test(seconds) ||
    Number(seconds) < 5 ||
    Number(seconds) > 600
  ) {
    throw new Misuse(tell(words.badSeconds, { seconds }))
  }
  const keyboard = process.stdin.isTTY === true && stdout.isTTY === true
  const { runDrill } = await import('./drill/run.ts')
  const progress = await createProgress()
  return runDrill(Number(seconds), keyboard, { ...(await show()), progress })
}

interface ConnectFlags {
  shell?: Shell
  port?: string
  write?: true
  check?: true
}

async function connect(
  name: string | undefined,
  number: string | undefined,
  { shell = readShell(process.platform), port, write, check }: ConnectFlags,
): Promise<number> {
  refuseSwallowed('run connect', ['shell', 'port', 'write', 'check', 'lang'])
  if (write || check) {
    const { checkPages, writePages } = await import('./connect/write-pages.ts')
    return write ? writePages({ tell, print }) : checkPages({ tell, print })
  }
  const { clients } = await import('./connect/recipes.ts')
  const { listClients, showClient } = await import('./connect/show.ts')
  const options = { lang, colors, width }
  const client = clients.find((client) => client.name === name)
  if (!client) {
    print(listClients(options))
    if (name === undefined) return 0
    throw new Misuse(tell(words.unknownClient, { name }))
  }
  if (number === undefined)
    throw new Misuse(tell(words.whichStep, { name: client.name }))
  const step = readStep(number)
  const choice = {
    shell,
    port: port === undefined ? undefined : readPort(port),
  }
  print(showClient(client, step, options, choice))
  return 0
}

function readPort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new Misuse(tell(words.badPort, { port: text }))
}

/** npm takes an option that no -- stands before, and tells only this. */
function refuseSwallowed(command: string, names: string[]): void {
  const name = names.find((name) => env[`npm_config_${name}`] !== undefined)
  if (!name) return
  throw new Misuse(tell(words.swallowed, { command, option: `--${name}` }))
}

const program = new Command('workshop')
  .description(tell(words.about))
  .configureHelp({
    styleTitle: (title) => titles[title] ?? title,
    commandUsage: (command) => usages[command.name()] ?? 'npm run <command>',
    optionDescription: ({ description }) => description,
  })
  .configureOutput({ outputError: () => {} })
  .helpOption('-h, --help', tell(words.optionHelp))
  .helpCommand(false)
  .enablePositionalOptions()
  .exitOverride()

/** How a learner calls each command. */
const usages: Record<string, string> = {
  tour: 'npm start -- [options]',
  page: 'npm run page -- [options]',
  attack: 'npm run attack <step> [name] -- [options]',
  step: 'npm run step <step> -- [options]',
  issuer: 'npm run issuer -- [options]',
  refund: 'npm run refund -- [options]',
  diff: 'npm run diff <step> [file] -- [options of git diff]',
  exercise: 'npm run exercise <number> -- [options]',
  hint: 'npm run hint [depth]',
  compare: 'npm run compare [number] -- [options]',
  puzzle: 'npm run puzzle [number] -- [options]',
  drill: 'npm run drill -- [options]',
  host: 'npm run host verify <code> | archive [file] -- [options]',
  connect: 'npm run connect [client] [step] -- [options]',
}

const titles: Record<string, string> = {
  'Usage:': tell(words.usage),
  'Arguments:': tell(words.arguments),
  'Options:': tell(words.options),
  'Commands:': tell(words.commands),
}

/** A command whose action resolves with the exit status. */
function addCommand<T extends unknown[]>(
  name: string,
  about: string,
  action: (...args: T) => Promise<number>,
): Command {
  return program
    .command(name)
    .description(about)
    .action(async (...args: unknown[]) => {
      process.exitCode = await action(...(args as T))
    })
}

const language = () =>
  new Option('--lang <lang>', tell(words.optionLang)).choices(languages)

addCommand('tour', tell(words.aboutTour), tour)
  .addOption(
    new Option('--once', tell(words.optionOnce)).conflicts(['stay', 'check']),
  )
  .addOption(new Option('--stay', tell(words.optionStay)).conflicts('check'))
  .option('--step <n...>', tell(words.optionSteps))
  .option('--check', tell(words.optionCheck))
  .addOption(language())

addCommand('page', tell(words.aboutPage), page)
  .option('--port <port>', tell(words.optionPagePort))
  .option('--record', tell(words.optionRecord))
  .addOption(language())

addCommand('attack', tell(words.aboutAttack), attack)
  .argument('<step>', tell(words.argumentStep))
  .argument('[name]', tell(words.argumentAttack))
  .addOption(language())

addCommand('step', tell(words.aboutStep), step)
  .argument('<step>', tell(words.argumentStep))
  .option('--stdio', tell(words.optionStdio))
  .addOption(language())

addCommand('issuer', tell(words.aboutIssuer), issuer)
  .option('--lie <name>', tell(words.optionLie))
  .addOption(language())

addCommand('refund', tell(words.aboutRefund), refund)
  .addOption(
    new Option('--url <url>', tell(words.optionUrl)).default(
      'https://localhost:3003/mcp',
    ),
  )
  .addOption(language())

addCommand('diff', tell(words.aboutDiff), diff)
  .argument('<step>', tell(words.argumentDiff))
  .argument('[file...]', tell(words.argumentFile))
  .allowUnknownOption()
  .passThroughOptions()

addCommand('connect', tell(words.aboutConnect), connect)
  .argument('[client]', tell(words.argumentClient))
  .argument('[step]', tell(words.argumentStep))
  .addOption(
    new Option('--shell <shell>', tell(words.optionShell)).choices(shells),
  )
  .option('--port <port>', tell(words.optionPort))
  .addOption(new Option('--write', tell(words.optionWrite)).conflicts('check'))
  .option('--check', tell(words.optionCheckPages))
  .addOption(language())

addCommand('exercise', tell(words.aboutExercise), exercise)
  .argument('<number>', tell(words.argumentExercise))
  .option('--once', tell(words.optionOnceJudged))
  .option('--no-ask', tell(words.optionNoAsk))
  .addOption(
    new Option('--again', tell(words.optionAgain)).conflicts('catchUp'),
  )
  .option('--catch-up', tell(words.optionCatchUp))
  .option('--code', tell(words.optionCode))
  .addOption(language())

addCommand('hint', tell(words.aboutHint), hint)
  .argument('[depth]', tell(words.argumentDepth))
  .option('--exercise <number>', tell(words.optionExercise))
  .addOption(language())

addCommand('compare', tell(words.aboutCompare), compareWith)
  .argument('[number]', tell(words.argumentExercise))
  .option('--now', tell(words.optionNow))
  .addOption(language())

addCommand('puzzle', tell(words.aboutPuzzle), puzzle)
  .argument('[name]', tell(words.argumentPuzzle))
  .option('--once', tell(words.optionOnceJudged))
  .option('--no-ask', tell(words.optionNoAsk))
  .option('--again', tell(words.optionAgain))
  .option('--answer <id>', tell(words.optionAnswer))
  .option('--solution', tell(words.optionSolution))
  .addOption(language())

addCommand('drill', tell(words.aboutDrill), drill)
  .addOption(
    new Option('--seconds <n>', tell(words.optionSeconds)).default('60'),
  )
  .addOption(language())

addCommand('host', tell(words.aboutHost), host)
  .addArgument(
    new Argument('<task>', tell(words.argumentTask)).choices([
      'verify',
      'archive',
    ]),
  )
  .argument('[what]', tell(words.argumentWhat))
  .addOption(
    new Option('--for <platform...>', tell(words.optionFor)).choices(platforms),
  )
  .addOption(language())

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

program.parseAsync().catch((error) => {
  process.exitCode = explain(error)
})

#!/usr/bin/env node
import { randomInt } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import { catalogue } from '../catalogue.ts'
import { announce } from '../judge/budget.ts'
import { chooseProperties, refusePlain } from '../judge/check.ts'
import { fuzz } from '../judge/fuzz.ts'
import { judgeAll, type Report } from '../judge/runner.ts'
import { type Language, languages, readLanguage } from '../language.ts'
import type { Call, SubjectOptions } from '../probe/subject.ts'
import { startProcess } from '../process/start.ts'
import { NotApplicable, type Step, Violation } from '../property.ts'
import { clients, predict } from '../reports/predictions.ts'
import { type Format, formats, writeReport } from '../reports/report.ts'
import { version } from '../reports/version.ts'
import { type IssuerOptions, openLiarFor, readHold } from './issuer-options.ts'

/** What the command line says, as commander reads it. */
interface Options extends IssuerOptions {
  token?: string
  tokenEnv?: string
  secondTokenEnv?: string
  header?: [string, string][]
  ca?: string
  origin?: string
  health?: string
  call?: Call
  mirror?: Call
  lyingIssuer?: number
  only?: string[]
  step?: Step
  start?: string
  intrusive?: true
  plainHttp?: true
  lang?: Language
  format: Format
  output?: string
  report?: [Format, string][]
  source: string
  client?: string[]
  verbose?: true
}

/** A mistake in how the command was called: one sentence, exit 2. */
class Misuse extends Error {}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Who reads it may have read enough, as `head` does.
  if (error.code !== 'EPIPE') throw error
})

const program = new Command('guardcheck')
  .version(version)
  .description(
    'Check how an MCP server over HTTP is guarded, property by property.',
  )
  .argument('[url]', 'the MCP endpoint, such as http://127.0.0.1:3000/mcp')
  .option('--token <token>', 'a valid token (others see it: use --token-env)')
  .option('--token-env <name>', 'the environment variable that holds it')
  .option(
    '--second-token-env <name>',
    "the variable that holds another caller's token",
  )
  .option(
    '--header <line>',
    'a header that every request needs, as "Name: value"; may be repeated',
    readHeader,
  )
  .option('--ca <file>', 'PEM of a private certificate authority to trust')
  .option(
    '--origin <origin>',
    'a web page that may call, such as https://app.example.com',
    readOrigin,
  )
  .option('--health <path>', 'where the server says that it is up')
  .option(
    '--call <name=json>',
    'a tool that may be called, with its arguments, such as \'ping={"a":1}\'',
    readCall,
  )
  .option(
    '--mirror <name=json>',
    'a tool that answers with all it is given, with its arguments',
    readCall,
  )
  .option(
    '--issuer <url>',
    'its authorization server, exactly as tokens name it',
    readIssuer,
  )
  .option('--client-id <id>', 'a public client that the issuer knows')
  .option('--redirect-uri <uri>', "where it sends that client's browser")
  .option('--login <name>', 'somebody who can sign in there')
  .option('--password-env <name>', 'the variable that holds their password')
  .option(
    '--scope <scope>',
    'what they may let a client do; may be repeated, the least first',
    collect,
  )
  .addOption(
    new Option(
      '--lying-issuer [port]',
      'serve an authorization server that lies, for a server that is set to trust it',
    )
      .preset('0')
      .argParser(readPort),
  )
  .option('--only <id>', 'one property or one family; may be repeated', collect)
  .option('--step <n>', 'judge up to this step, 0 to 3', readStep)
  .option('--start <command>', 'start the server itself, to see its process')
  .option('--intrusive', 'allow floods and slow clients')
  .option('--plain-http', 'allow a token over plain HTTP beyond this machine')
  .addOption(
    new Option('--lang <language>', 'language of the report').choices(
      languages,
    ),
  )
  .addOption(
    new Option('--format <format>', 'format of the report')
      .choices(Object.keys(formats))
      .default('text'),
  )
  .option('--output <file>', 'write the report into a file')
  .option(
    '--report <format=file>',
    'write one more report, such as sarif=guard.sarif; may be repeated',
    readReport,
  )
  .option(
    '--source <file>',
    'the file of your repository that SARIF points at',
    'README.md',
  )
  .addOption(
    new Option(
      '--client <name>',
      'what this client is going to do; may be repeated, or all',
    ).argParser(readClient),
  )
  .option('-v, --verbose', 'show the exchange that decided each verdict')
  .addHelpText(
    'after',
    `
A server that --start starts finds the issuer of --lying-issuer in the
variables GUARDCHECK_ISSUER, GUARDCHECK_CLIENT_ID, GUARDCHECK_CLIENT_SECRET and
GUARDCHECK_CLIENT_SECRET_FILE; one that runs already is set to trust
http://127.0.0.1:PORT.

Exit status: 0 all applicable properties hold, 1 some do not, 2 it could not
ask (unreachable, not an MCP endpoint, a mistake in the call).`,
  )
  .exitOverride()
  .action(runCheck)

program
  .command('fuzz')
  .description(
    'Send requests that nobody thought of: only the token may enter.',
  )
  .argument('[url]', 'the MCP endpoint')
  .option('--runs <n>', 'how many requests', readCount, 500)
  .option(
    '--seed <n>',
    'where the dice begin, to find the same again',
    readSeed,
  )
  .action((url, _own, command: Command) =>
    runFuzz(url, command.optsWithGlobals()),
  )

program
  .command('list')
  .description('List the properties.')
  .addOption(
    new Option('--format <format>').choices(['text', 'json']).default('text'),
  )
  .addOption(new Option('--lang <language>').choices(languages))
  .action((_own, command: Command) => listProperties(command.optsWithGlobals()))

/** Prints the catalogue. */
function listProperties({ format, lang }: Options): void {
  const language = lang ?? readLanguage(process.env)
  if (format === 'json') {
    const rows = catalogue.map(({ check: _check, ...row }) => row)
    console.log(JSON.stringify(rows, null, 2))
    return
  }
  for (const { id, since, level, claim } of catalogue) {
    console.log(`${id}  step ${since}  ${level}\n    ${claim[language]}`)
  }
}

/** Judges one server and reports; sets the exit status. */
async function runCheck(given: string | undefined, options: Options) {
  const properties = findProperties(options)
  const { subject, close } = await openSubject(given, options)
  const end = async () => {
    await close()
    process.exit(130)
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  try {
    console.error(announce(properties.length, subject))
    const progress = createProgress(properties.length)
    const report = await judgeAll(properties, subject, progress.advance)
    progress.clear()
    if (report.unreachable) {
      throw new Misuse(`${report.target.href} ${report.unreachable}`)
    }
    if (report.refused) {
      console.error(`guardcheck: ${report.target.href} ${report.refused}`)
    }
    printReport(report, options)
    const failing = report.results.some((r) => r.verdict === 'fails')
    const openUnasked = report.open && options.step !== 0
    process.exitCode = failing || openUnasked ? 1 : 0
  } finally {
    process.off('SIGINT', end)
    process.off('SIGTERM', end)
    await close()
  }
}

/** Sends requests by chance and says what was found; sets the exit status. */
async function runFuzz(
  given: string | undefined,
  options: Options & { runs: number; seed?: number },
): Promise<void> {
  const { subject, close } = await openSubject(given, options)
  const end = async () => {
    await close()
    process.exit(130)
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  try {
    const { runs, seed = randomInt(2 ** 31) } = options
    console.error(
      `Trying ${runs} requests at ${subject.url.href}, one at a time, seed ${seed}; no tool is called.`,
    )
    const progress = createProgress(runs)
    const report = await fuzz(subject, {
      runs,
      seed,
      onRun: progress.advance,
    }).catch((error) => {
      throw error instanceof NotApplicable || error instanceof Violation
        ? new Misuse(error.message)
        : error
    })
    progress.clear()
    const { sent, served, throttled, found } = report
    const told = `${sent} requests, ${served} of them good and served, ${throttled} throttled; seed ${seed}.`
    if (!found) {
      console.log(`✓ Only the token opened the door. ${told}`)
      return
    }
    console.log(`✗ ${found.why}\n\n${found.request}\n\n${told}`)
    process.exitCode = 1
  } finally {
    process.off('SIGINT', end)
    process.off('SIGTERM', end)
    await close()
  }
}

/** The properties that the command line asks for. */
function findProperties(options: Options) {
  try {
    return chooseProperties(options)
  } catch (error) {
    throw new Misuse((error as Error).message)
  }
}

/** The server that the command line names, started if it says so. */
async function openSubject(
  given: string | undefined,
  options: Options,
): Promise<{ subject: SubjectOptions; close(): Promise<void> }> {
  const url = given === undefined ? undefined : readUrl(given)
  if (!url && !options.start) {
    throw new Misuse('Name the URL of an MCP endpoint, or --start a server.')
  }
  if (options.token && options.tokenEnv) {
    throw new Misuse('Give --token or --token-env, not both.')
  }
  const secrets = {
    token: options.token ?? readSecret('--token-env', options.tokenEnv),
    secondToken: readSecret('--second-token-env', options.secondTokenEnv),
  }
  const ca = options.ca === undefined ? undefined : readCa(options.ca)
  const issuer = readTrust(options, ca)
  const opened =
    options.lyingIssuer === undefined
      ? undefined
      : await openLiarFor(options.lyingIssuer).catch((error) => {
          throw new Misuse(`--lying-issuer cannot listen: ${error.message}.`)
        })
  const outcome = options.start
    ? await startProcess({
        command: options.start,
        url,
        env: opened?.env,
      }).catch(async (error) => {
        await opened?.close()
        throw new Misuse(error.message)
      })
    : undefined
  if (outcome && !('started' in outcome)) {
    await opened?.close()
    throw new Misuse(
      `The server ended with exit status ${outcome.exitCode} before it listened.\n${outcome.output}`,
    )
  }
  const started = outcome?.started
  const close = async () => {
    await started?.stop()
    await opened?.close()
  }
  const target = started?.url ?? (url as URL)
  const subject: SubjectOptions = {
    url: target,
    ...secrets,
    headers: options.header,
    ca,
    origin: options.origin,
    health: options.health,
    call: options.call,
    mirror: options.mirror,
    intrusive: options.intrusive,
    process: started,
    issuer,
    liar: opened?.liar,
  }
  if (!options.plainHttp) {
    try {
      refusePlain(subject)
    } catch {
      await close()
      throw new Misuse(
        'A token over plain HTTP can be read on the way: use https, or --plain-http if you mean it.',
      )
    }
  }
  return { subject, close }
}

/** The hold on an authorization server that the command line gives. */
function readTrust(options: Options, ca: string | undefined) {
  const password = readSecret('--password-env', options.passwordEnv)
  try {
    return readHold(options, password, ca)
  } catch (error) {
    throw new Misuse((error as Error).message)
  }
}

/** Prints the report, or puts it into a file; and what else is asked for. */
function printReport(report: Report, options: Options): void {
  const { format, output, client = [] } = options
  const asked = client.includes('all')
    ? clients
    : clients.filter(({ name }) => client.includes(name))
  const write = (as: Format) =>
    writeReport(as, report, {
      lang: options.lang ?? readLanguage(process.env),
      width: Math.min(process.stdout.columns ?? 80, 100),
      verbose: options.verbose === true,
      source: options.source,
      predictions: new Map(asked.map((one) => [one, predict(one, report)])),
    })
  for (const [as, file] of options.report ?? []) putWhole(file, write(as))
  if (output) putWhole(output, write(format))
  else process.stdout.write(write(format))
}

/** Puts a text into a file, whole or not at all. */
function putWhole(file: string, text: string): void {
  try {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  } catch {
    throw new Misuse(`The report cannot be written to ${file}.`)
  }
}

/** A line on the terminal that counts; nothing where there is no terminal. */
function createProgress(total: number) {
  let count = 0
  const { stderr } = process
  return {
    advance() {
      count += 1
      if (stderr.isTTY) stderr.write(`\r${count}/${total}`)
    },
    clear() {
      if (stderr.isTTY) stderr.write('\r\u001b[K')
    },
  }
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Misuse('The URL must begin with http:// or https://.')
  }
  return url
}

/** The secret in an environment variable that an option names. */
function readSecret(option: string, name?: string): string | undefined {
  if (name === undefined) return undefined
  const secret = process.env[name]
  if (!secret) throw new Misuse(`${option} names ${name}, which is not set.`)
  return secret
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new Misuse('--ca names a file that cannot be read.')
  }
}

function readHeader(
  line: string,
  lines: [string, string][] = [],
): [string, string][] {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):\s*(.+)$/.exec(line) ?? []
  if (!name || !value) {
    throw new InvalidArgumentError('Write it as "Name: value".')
  }
  return [...lines, [name, value]]
}

/** One more of an option that may be repeated. */
function collect(value: string, values: string[] = []): string[] {
  return [...values, value]
}

function readReport(
  text: string,
  reports: [Format, string][] = [],
): [Format, string][] {
  const [, format, file] = /^(\w+)=(.+)$/s.exec(text) ?? []
  if (file && format && format in formats) {
    return [...reports, [format as Format, file]]
  }
  throw new InvalidArgumentError(
    `Write it as FORMAT=FILE; formats are ${Object.keys(formats).join(', ')}.`,
  )
}

function readClient(name: string, names: string[] = []): string[] {
  const known = [...clients.map((client) => client.name), 'all']
  if (known.includes(name)) return [...names, name]
  throw new InvalidArgumentError(`Known are ${known.join(', ')}.`)
}

function readOrigin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text
  throw new InvalidArgumentError('Write it like https://app.example.com.')
}

function readIssuer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol)) return text
  throw new InvalidArgumentError('It is a URL.')
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text)
  throw new InvalidArgumentError('It is 0 to 65535.')
}

function readCount(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a number from 1 to 999999.')
}

function readSeed(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 31) return Number(text)
  throw new InvalidArgumentError('It is a number below 2147483648.')
}

function readCall(text: string): Call {
  const [, name = '', json = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  try {
    const args: unknown = JSON.parse(json)
    if (typeof args === 'object' && args && !Array.isArray(args)) {
      return { name, arguments: { ...args } }
    }
  } catch {
    // It is said below.
  }
  throw new InvalidArgumentError(
    'Write it as NAME={…}: a tool and its arguments, an object in JSON.',
  )
}

function readStep(text: string): Step {
  if (!/^[0-3]$/.test(text)) throw new InvalidArgumentError('It is 0 to 3.')
  return Number(text) as Step
}

program.parseAsync().catch((error) => {
  if (error instanceof Misuse) console.error(`guardcheck: ${error.message}`)
  // commander has said the rest already.
  else if (!('code' in error && `${error.code}`.startsWith('commander.'))) {
    console.error(error)
  }
  process.exitCode = error.exitCode === 0 ? 0 : 2
})

#!/usr/bin/env node
import { randomInt } from 'node:crypto'
import { Command, Option } from 'commander'
import { announce } from '../judge/budget.ts'
import { chooseProperties } from '../judge/check.ts'
import { fuzz } from '../judge/fuzz.ts'
import { judgeAll } from '../judge/runner.ts'
import { languages } from '../language.ts'
import { formats } from '../reports/report.ts'
import { version } from '../reports/version.ts'
import { NotApplicable, Violation } from '../verdicts.ts'
import {
  collect,
  Misuse,
  type Options,
  readCall,
  readClient,
  readCount,
  readHeader,
  readIssuer,
  readOrigin,
  readPort,
  readReport,
  readSeed,
  readStep,
} from './options.ts'
import { createProgress, listProperties, printReport } from './print.ts'
import { withSubject } from './subject.ts'

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
    '--keys <module>',
    "a module whose default export is a hold on the server's tokens",
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

/** Judges one server and reports; sets the exit status. */
async function runCheck(given: string | undefined, options: Options) {
  const properties = findProperties(options)
  await withSubject(given, options, async (subject) => {
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
  })
}

/** Sends requests by chance and says what was found; sets the exit status. */
async function runFuzz(
  given: string | undefined,
  options: Options & { runs: number; seed?: number },
): Promise<void> {
  await withSubject(given, options, async (subject) => {
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
  })
}

/** The properties that the command line asks for. */
function findProperties(options: Options) {
  try {
    return chooseProperties(options)
  } catch (error) {
    throw new Misuse((error as Error).message)
  }
}

program.parseAsync().catch((error) => {
  if (error instanceof Misuse) console.error(`guardcheck: ${error.message}`)
  // commander has said the rest already.
  else if (!('code' in error && `${error.code}`.startsWith('commander.'))) {
    console.error(error)
  }
  process.exitCode = error.exitCode === 0 ? 0 : 2
})

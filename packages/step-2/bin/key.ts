import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseEnv } from 'node:util'
import { Command, CommanderError, Option } from 'commander'
import ms, { type StringValue } from 'ms'
import { digestOf, isMinted } from '../src/keys.ts'
import type { Token } from '../src/tokens.ts'
import { changeTokens, loadTokens } from './file.ts'
import { mintSecret } from './mint.ts'
import {
  describeToken,
  formatTokens,
  sortTokens,
  stateOf,
  tellState,
} from './table.ts'
import { misuses, tell, words } from './words.ts'

// The server reads the same file: what is set already wins over `.env`.
const settings = existsSync('.env') ? readFileSync('.env') : undefined
Object.assign(process.env, {
  ...parseEnv(new TextDecoder().decode(settings)),
  ...process.env,
})
const file = process.env.MCP_TOKENS_FILE || 'tokens.json'

const key = new Command('key')
  .description(
    `Keeps the tokens in ${file}: names and digests, never a secret.\n` +
      'MCP_TOKENS_FILE names another file.',
  )
  .addOption(
    new Option('--lang <language>', 'en or ja; else as the locale says') //
      .choices(['en', 'ja']),
  )
  .helpCommand(false)
  .configureOutput({ outputError: () => {} })
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  key mint desk                          90 days, secret on standard output
  key mint desk night --ttl 30d          two callers, a secret a line
  key mint desk --scope documents:read   what it may do
  key rotate desk --overlap 24h          old and new both work for a day
  key revoke desk                        ended within a second
  key list                               the next to expire first
  key check < FILE                       whose secret is it, is it whole?

With npm, -- stands before options: npm run -s key -- mint desk --ttl 30d`,
  )

key
  .command('mint <names...>')
  .description('give new callers a secret each, which is shown this once')
  .option('--ttl <time>', 'how long it lives, such as 90d, 24h or 30m', '90d')
  .option('--scope <scopes...>', 'what it may do', [])
  .action(
    async (names: string[], options: { ttl: string; scope: string[] }) => {
      const { scope } = options
      const ttl = readTime('--ttl', options.ttl, 1)
      if (!names.every((name) => /^[\w.@-]{1,64}$/.test(name))) {
        throw new Error(tell(words.badName))
      }
      if (!scope.every((name) => /^[\w.:-]+$/.test(name))) {
        throw new Error(tell(words.badScope))
      }
      const twice = names.find((name, index) => names.indexOf(name) < index)
      if (twice) throw new Error(tell(words.twice, { name: twice }))
      const secrets = await changeTokens(file, (tokens) => {
        const taken = names.find((name) => tokens.some((t) => t.name === name))
        if (taken) throw new Error(tell(words.taken, { name: taken }))
        return names.map((name) => mint(tokens, name, scope, ttl))
      })
      show(secrets)
      const text = secrets.length > 1 ? words.mintedMany : words.minted
      hint(tell(text, { file, end: tellMinute(Date.now() + ttl) }))
    },
  )

key
  .command('rotate <name>')
  .description('give a caller a new secret; the old one dies after the overlap')
  .option('--overlap <time>', 'how long both work; 0s ends the old', '24h')
  .option('--ttl <time>', 'how long the new one lives', '90d')
  .action(async (name: string, options: { overlap: string; ttl: string }) => {
    const overlap = readTime('--overlap', options.overlap, 0)
    const ttl = readTime('--ttl', options.ttl, 1)
    let last = 0
    const secret = await changeTokens(file, (tokens) => {
      const old = named(tokens, name)
      const end = new Date(Date.now() + overlap)
      for (const token of old) {
        if (token.expiresAt > end) token.expiresAt = end
        last = Math.max(last, +token.expiresAt)
      }
      return mint(tokens, name, old.at(-1)?.scopes ?? [], ttl)
    })
    show([secret])
    const text = last > Date.now() ? words.rotated : words.replaced
    hint(tell(text, { file, name, end: tellMinute(last) }))
  })

key
  .command('revoke <name>')
  .description('end every secret of a caller at once')
  .action(async (name: string) => {
    await changeTokens(file, (tokens) => {
      for (const token of named(tokens, name)) {
        tokens.splice(tokens.indexOf(token), 1)
      }
    })
    hint(tell(words.revoked, { file, name }))
  })

key
  .command('list')
  .description('show names, fingerprints and ages, the next to expire first')
  .option('--json', 'for programs')
  .action(({ json }: { json?: true }) => {
    const tokens = loadTokens(file)
    const now = new Date()
    if (json) {
      const sorted = sortTokens(tokens, now)
      const entries = sorted.map((token) => describeToken(token, now))
      return show([JSON.stringify(entries, null, 2)])
    }
    if (tokens.length === 0) return hint(tell(words.none, { file }))
    process.stdout.write(formatTokens(tokens, now))
  })

key
  .command('check')
  .description('read a secret from standard input and say whose it is')
  .action(async () => {
    const secret = await readLine()
    if (!isMinted(secret)) throw new Error(tell(words.malformed))
    const digest = digestOf(secret)
    const token = loadTokens(file).find((token) => token.digest === digest)
    if (!token) throw new Error(tell(words.unknown, { file }))
    const now = new Date()
    const values = { name: token.name, when: tellState(token, now) }
    if (stateOf(token, now) !== 'valid') {
      throw new Error(tell(words.worksNot, values))
    }
    show([tell(words.works, values)])
  })

/** Adds a token and answers its secret, which is kept nowhere. */
function mint(tokens: Token[], name: string, scopes: string[], ttl: number) {
  const secret = mintSecret()
  const notBefore = new Date()
  const expiresAt = new Date(notBefore.getTime() + ttl)
  const digest = digestOf(secret)
  tokens.push({ name, digest, scopes, notBefore, expiresAt })
  return secret
}

/** The tokens of one caller: two while they overlap. */
function named(tokens: Token[], name: string): Token[] {
  const found = tokens.filter((token) => token.name === name)
  if (found.length > 0) return found
  throw new Error(tell(words.absent, { file, name }))
}

/** Milliseconds in a text such as 90d, 24h or 30m. */
function readTime(option: string, text: string, atLeast: number): number {
  const time = /^\d+ ?[a-z]+$/i.test(text) ? ms(text as StringValue) : undefined
  if (time !== undefined && time >= atLeast && time <= ms('10y')) return time
  throw new Error(tell(words.badTime, { option }))
}

/** The one line of standard input, typed or from a file. */
async function readLine(): Promise<string> {
  if (process.stdin.isTTY) hint(tell(words.paste))
  for await (const line of createInterface({ input: process.stdin })) {
    return line.trim()
  }
  return ''
}

const show = (lines: string[]) =>
  void process.stdout.write(lines.map((line) => `${line}\n`).join(''))

const hint = (text: string) => console.error(text)

const tellMinute = (time: number) =>
  `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** What was meant for this command, and is not to be repeated or guessed. */
function refuseArguments(args: string[], env: NodeJS.ProcessEnv): void {
  if (args.some((arg) => /gup_[\w-]{8}/.test(arg))) {
    throw new Error(tell(words.inArguments))
  }
  if (!env.npm_config_user_agent?.startsWith('npm/')) return
  // To npm, --lang is four options of one letter, of which -l is `long`.
  const names = { ttl: '', overlap: '', scope: '', json: '', lang: 'long' }
  const [name] =
    Object.entries(names).find(
      ([name, other]) => env[`npm_config_${other || name}`] !== undefined,
    ) ?? []
  if (!name) return
  throw new Error(tell(words.swallowed, { option: `--${name}` }))
}

/** One sentence for what commander found, without what somebody typed. */
function tellMisuse(error: CommanderError): string {
  const text = misuses[error.code.replace('commander.', '')]
  const quoted = [...error.message.matchAll(/'([^']*)'/g)]
  return text
    ? tell(
        text,
        quoted.map(([, name]) => `${name}`),
      )
    : error.message
}

try {
  refuseArguments(process.argv.slice(2), process.env)
  await key.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) hint((error as Error).message)
  else if (error.exitCode !== 0 && error.code !== 'commander.help') {
    hint(tellMisuse(error))
  }
  process.exitCode = error instanceof CommanderError ? error.exitCode : 1
}

import { existsSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import ms, { type StringValue } from 'ms'
import { lock } from 'proper-lockfile'
import writeFileAtomic from 'write-file-atomic'
import { readPrivate } from '../src/env.ts'
import { digestOf, mintSecret } from '../src/keys.ts'
import { readTokens, type Token } from '../src/tokens.ts'

const file = process.env.MCP_TOKENS_FILE || 'tokens.json'
const key = new Command('key').description(`Keeps the tokens in ${file}.`)

key
  .command('mint <names...>')
  .description('give new callers a secret each, which is shown this once')
  .option('--ttl <time>', 'how long it lives', readTime, ms('90d'))
  .option('--scope <scopes...>', 'what it may do', [])
  .action((names: string[], { ttl, scope }: { ttl: number; scope: string[] }) =>
    change((tokens) => {
      const taken = names.find((name) => tokens.some((t) => t.name === name))
      if (taken) throw new Error(`${taken} has a token already: rotate it.`)
      return names.map((name) => mint(tokens, name, scope, ttl))
    }),
  )

key
  .command('rotate <name>')
  .description('give a caller a new secret; the old one dies after the overlap')
  .option('--overlap <time>', 'how long both work', readTime, ms('24h'))
  .option('--ttl <time>', 'how long the new one lives', readTime, ms('90d'))
  .action((name: string, times: { overlap: number; ttl: number }) =>
    change((tokens) => {
      const old = named(tokens, name)
      const end = new Date(Date.now() + times.overlap)
      for (const token of old) {
        if (token.expiresAt > end) token.expiresAt = end
      }
      return [mint(tokens, name, old[0]?.scopes ?? [], times.ttl)]
    }),
  )

key
  .command('revoke <name>')
  .description('end every secret of a caller at once')
  .action((name: string) =>
    change((tokens) => {
      for (const token of named(tokens, name)) {
        tokens.splice(tokens.indexOf(token), 1)
      }
      return []
    }),
  )

key
  .command('list')
  .description('show names, fingerprints and ages, the next to expire first')
  .action(() => {
    const now = Date.now()
    const when = (date: Date) => {
      const time = date.getTime() - now
      return time < 0
        ? `${ms(-time, { long: true })} ago`
        : `in ${ms(time, { long: true })}`
    }
    const tokens = load().sort((a, b) => +a.expiresAt - +b.expiresAt)
    for (const { name, digest, notBefore, expiresAt } of tokens) {
      const verb = expiresAt.getTime() < now ? 'expired' : 'expires'
      console.log(
        `${name.padEnd(24)} ${digest.slice(0, 12)}` +
          `  minted ${when(notBefore)}, ${verb} ${when(expiresAt)}`,
      )
    }
  })

/** Adds a token and answers its secret, which is kept nowhere. */
function mint(tokens: Token[], name: string, scopes: string[], ttl: number) {
  const secret = mintSecret()
  const notBefore = new Date()
  const expiresAt = new Date(notBefore.getTime() + ttl)
  const digest = digestOf(secret)
  tokens.push({ name, digest, secret, scopes, notBefore, expiresAt })
  return secret
}

/** Replaces the file whole, alone at it; shows what secrets `edit` minted. */
async function change(edit: (tokens: Token[]) => string[]): Promise<void> {
  const unlock = await lock(file, { realpath: false, retries: 20, stale: 5000 })
  try {
    const tokens = load()
    const secrets = edit(tokens)
    const text = `${JSON.stringify(tokens, null, 2)}\n`
    readTokens(file, text)
    await writeFileAtomic(file, text, { mode: 0o600 })
    for (const secret of secrets) console.log(secret)
  } finally {
    await unlock()
  }
}

const load = () => (existsSync(file) ? readTokens(file, readPrivate(file)) : [])

/** The tokens of one caller: two while they overlap. */
function named(tokens: Token[], name: string): Token[] {
  const found = tokens.filter((token) => token.name === name)
  if (found.length > 0) return found
  throw new Error(`${name} has no token.`)
}

/** Milliseconds in a text such as 90d, 24h or 30m. */
function readTime(text: string): number {
  const time = /^\d+ ?[a-z]+$/i.test(text) ? ms(text as StringValue) : undefined
  if (time && time > 0) return time
  throw new InvalidArgumentError('Write it like 90d, 24h or 30m.')
}

key.parseAsync().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})

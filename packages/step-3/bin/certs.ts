import { isIP } from 'node:net'
import { relative } from 'node:path'
import { Command, Option } from 'commander'
import wrap from 'wrap-ansi'
import {
  createPair,
  type Found,
  filesOf,
  findPair,
  plainOf,
  writePair,
} from './pair.ts'
import { advice, never, type Text, tell, words } from './words.ts'

/** Days before its end at which a certificate is made anew. */
const renewal = 30
const loopback = ['localhost', '127.0.0.1', '::1']

interface Options {
  host: string[]
  days: string
  dir: string
  force?: true
  check?: true
}

const certs = new Command('certs')
  .description(
    'Makes a certificate for TLS on this machine, and the authority that\n' +
      'clients trust it by: ca.pem, cert.pem and key.pem in certs/.',
  )
  .option('--host <names...>', 'more names or addresses that it is for', [])
  .option('--days <days>', 'how long it is good', '365')
  .option('--dir <folder>', 'where the files lie', 'certs')
  .option('--force', 'replace a pair that is still good, or not ours')
  .option('--check', 'change nothing: exit 1 if it ends within 30 days')
  .addOption(
    new Option('--lang <language>', 'en or ja; else as the locale says') //
      .choices(['en', 'ja']),
  )
  .addHelpText(
    'after',
    `
It is for localhost, 127.0.0.1 and ::1. A pair that is good for more than 30
days is left as it is; one that is not is made anew, with the same names.

With npm, -- stands before options: npm run -s certs -- --host box.test`,
  )
  .action(run)

/** Why nothing was done, in a sentence. */
class Refusal extends Error {}

async function run({ host, days: text, dir, force, check }: Options) {
  const folder = relative('', dir) || '.'
  const files = filesOf(folder)
  const found = findPair(folder)
  const days = readDays(text)
  const asked = [...loopback, ...host.map(readHost)]
  if (check) return report(found, files.cert, folder)
  if (found.state === 'foreign' && !force) {
    throw new Refusal(tell(words.foreign, { folder }))
  }
  if (found.state === 'ours' && found.daysLeft > renewal && !force) {
    const missing = asked.filter((name) => !found.hosts.includes(name))
    if (missing.length > 0) {
      const values = { ...valuesOf(found), cert: files.cert }
      const hosts = listed(missing)
      throw new Refusal(tell(words.unnamed, { ...values, hosts }))
    }
    say(words.good, { ...valuesOf(found), cert: files.cert })
    return explain(files.ca)
  }
  const renewed = found.state === 'ours' && found.daysLeft <= renewal
  if (renewed) report(found, files.cert, folder)
  const kept = found.state === 'ours' ? found.hosts : []
  const hosts = [...new Set([...asked, ...kept])]
  const pair = await createPair(hosts, days)
  await writePair(folder, pair).catch((error: NodeJS.ErrnoException) => {
    const code = error.code ?? error.message
    throw new Refusal(tell(words.unwritable, { folder, code }))
  })
  process.exitCode = 0
  const made = findPair(folder)
  say(words.made, { ...files, ...valuesOf(made) })
  if (found.state !== 'none') say(words.replaced, files)
  explain(files.ca)
}

/** Says how long a pair is good, with an exit status for a timer to see. */
function report(found: Found, cert: string, folder: string): void {
  if (found.state === 'foreign') {
    throw new Refusal(tell(words.foreign, { folder }))
  }
  const values = { ...valuesOf(found), cert }
  process.exitCode = 1
  if (found.state === 'none') warn(words.none, values)
  else if (found.daysLeft < 0) warn(words.over, values)
  else if (found.daysLeft <= renewal) warn(words.soon, values)
  else {
    process.exitCode = 0
    say(words.good, values)
  }
}

/** Says how clients come to trust the authority. */
function explain(ca: string): void {
  console.log(`\n${tell(words.trust)}`)
  for (const { who, note, lines = [] } of advice(
    ca,
    process.platform === 'win32',
  )) {
    console.log(`\n  ${tell(who)}`)
    if (note) console.log(indented(tell(note)))
    for (const line of lines) console.log(`    ${line}`)
  }
  console.log()
  say(never)
}

const indented = (text: string) =>
  wrap(text, 76, { hard: true }).replace(/^/gm, '    ')

const say = (text: Text, values: Record<string, string> = {}) =>
  console.log(wrap(tell(text, values), 80, { hard: true }))

const warn = (text: Text, values: Record<string, string>) =>
  console.error(
    wrap(`${tell(text, values)} ${tell(words.renewHint)}`, 80, { hard: true }),
  )

/** A pair in words. */
function valuesOf(found: Found): Record<string, string> {
  if (found.state !== 'ours') return {}
  return {
    hosts: listed(found.hosts),
    end: found.validTo.toISOString().slice(0, 10),
    days: `${found.daysLeft}`,
  }
}

const listed = (names: string[]) => names.join(', ')

function readHost(text: string): string {
  const name = text.replace(/^\[(.*)\]$/, '$1')
  const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
  if (isIP(name) || new RegExp(`^${label}(\\.${label})*$`, 'i').test(name)) {
    return plainOf(name)
  }
  throw new Refusal(tell(words.badHost))
}

function readDays(text: string): number {
  const days = Number(text)
  // More is more than browsers take.
  if (Number.isInteger(days) && days >= 1 && days <= 397) return days
  throw new Refusal(tell(words.badDays))
}

certs.parseAsync().catch((error) => {
  if (!(error instanceof Refusal)) throw error
  console.error(wrap(error.message, 80, { hard: true }))
  process.exitCode = 1
})

import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Command, InvalidArgumentError } from 'commander'
import { lock } from 'proper-lockfile'
import { hashPassword, mintPassword } from '../src/passwords.ts'
import { type Person, readPeople, writePeople } from '../src/people.ts'
import { readPrivate } from '../src/settings.ts'
import { isScope, type Scope, scopes } from '../src/words.ts'

const file =
  process.env.ISSUER_PEOPLE_FILE ||
  join(process.env.ISSUER_DIR || '.issuer', 'people.json')

process.umask(0o077)
const command = new Command('person').description(
  `Keeps the people who can log in, in ${file}.`,
)

command
  .command('add <name>')
  .description('a password comes from stdin, or is made and shown this once')
  .option('--scope <scopes...>', 'what they may give to clients', readScopes)
  .action(async (name: string, { scope = [] }: { scope?: Scope[] }) => {
    const given = process.stdin.isTTY ? '' : (await text(process.stdin)).trim()
    if (given && given.length < 8) {
      throw new Error('A password has at least 8 characters.')
    }
    const password = given || mintPassword()
    const hash = await hashPassword(password)
    await change((people) => {
      if (people.some((person) => person.name === name)) {
        throw new Error(`${name} is there already: remove them first.`)
      }
      return [...people, { name, password: hash, scopes: scope }]
    })
    if (!given) console.log(password)
  })

command
  .command('remove <name>')
  .description('ends what they gave, too: their tokens are dead at once')
  .action((name: string) =>
    change((people) => {
      const others = people.filter((person) => person.name !== name)
      if (others.length < people.length) return others
      throw new Error(`${name} is nobody here.`)
    }),
  )

command
  .command('list')
  .description('show names, and what each may give')
  .action(() => {
    for (const { name, scopes } of load()) {
      console.log(`${name.padEnd(24)} ${scopes.join(' ')}`)
    }
  })

/** Replaces the file whole, alone at it. */
async function change(edit: (people: Person[]) => Person[]): Promise<void> {
  mkdirSync(dirname(file), { recursive: true })
  const unlock = await lock(file, { realpath: false, retries: 20, stale: 5000 })
  try {
    await writePeople(file, edit(load()))
  } finally {
    await unlock()
  }
}

const load = () =>
  existsSync(file) ? readPeople(readPrivate('The people file', file)) : []

/** Commander hands over one word at a time. */
function readScopes(scope: string, others: Scope[] = []): Scope[] {
  if (isScope(scope)) return [...new Set([...others, scope])]
  throw new InvalidArgumentError(`Write any of ${scopes.join(', ')}.`)
}

command.parseAsync().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})

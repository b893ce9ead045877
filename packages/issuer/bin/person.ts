import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { Command, InvalidArgumentError } from 'commander'
import { decode, readPrivate } from '../src/files.ts'
import { takeLock } from '../src/lock.ts'
import { hashPassword, mintPassword } from '../src/passwords.ts'
import { type Person, readPeople, writePeople } from '../src/people.ts'
import { readSet } from '../src/settings.ts'
import { isScope, type Scope, scopes } from '../src/words.ts'

const file = findFile()

process.umask(0o077)
const command = new Command('person').description(
  `Keeps the people who can log in, in ${file}.`,
)

command
  .command('add <name>')
  .description('a password comes from stdin, or is made and shown this once')
  .option('--scope <scopes...>', 'what they may give to clients', readScopes)
  .action(async (name: string, { scope = [] }: { scope?: Scope[] }) => {
    const given = process.stdin.isTTY
      ? ''
      : decode(await buffer(process.stdin)).trim()
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
  // The same file has the same lock by whatever name.
  const place = existsSync(file) ? realpathSync(file) : file
  const read = () => existsSync(place) && readFileSync(place, 'utf8')
  const unlock = await takeLock(place)
  try {
    const before = read()
    const people = edit(load())
    // Whoever stood still too long has lost the lock without noticing.
    if (read() !== before) {
      throw new Error('Another command changed the file: try again.')
    }
    writePeople(place, people)
  } finally {
    await unlock().catch(() => {})
  }
}

/** Where the server finds its people, by the same variables. */
function findFile(): string {
  try {
    const set = readSet(process.env, ['ISSUER_PEOPLE_FILE', 'ISSUER_DIR'])
    const { ISSUER_PEOPLE_FILE: people, ISSUER_DIR: folder = '.issuer' } = set
    return people ?? join(folder, 'people.json')
  } catch (error) {
    console.error((error as Error).message)
    process.exit(1)
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

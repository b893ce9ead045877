import { existsSync, statSync } from 'node:fs'
import writeFileAtomic from 'write-file-atomic'
import { z } from 'zod'
import { log } from './audit.ts'
import { readPrivate } from './files.ts'
import {
  hashPassword,
  hashShape,
  isPassword,
  mintPassword,
  noPassword,
} from './passwords.ts'
import { type Scope, scopes } from './words.ts'

const Person = z.strictObject({
  name: z.string().regex(/^[\w.@-]{1,64}$/),
  /** What `hashPassword` made of the password. */
  password: z.string().regex(hashShape),
  /** The scopes this person may give to a client. */
  scopes: z.array(z.enum(scopes)),
})

export type Person = z.infer<typeof Person>

/**
 * The people in a text, which is a JSON array.
 * @throws {Error} which names the entry, never the content
 */
export function readPeople(text: string): Person[] {
  let entries: unknown
  try {
    entries = JSON.parse(text)
  } catch {}
  if (!Array.isArray(entries)) {
    throw new Error('The people file must hold a JSON array.')
  }
  const people = entries.map((entry, index) => {
    const { data, error } = Person.safeParse(entry)
    if (data) return data
    const place = error.issues[0]?.path[0] ?? 'what it holds'
    throw new Error(
      `The people file, entry ${index + 1}: ${String(place)} is wrong.`,
    )
  })
  const names = new Set(people.map(({ name }) => name))
  if (names.size === people.length) return people
  throw new Error('The people file names somebody twice.')
}

/** Replaces the file whole: a reader sees the old people or the new ones. */
export function writePeople(file: string, people: Person[]): void {
  const text = `${JSON.stringify(people, null, 2)}\n`
  readPeople(text)
  writeFileAtomic.sync(file, text, { mode: 0o600 })
}

/** Two people to begin with; each password is shown this once. */
export async function seedPeople(file: string): Promise<void> {
  if (existsSync(file)) return
  const add = async (name: string, given: Scope[]): Promise<Person> => {
    const password = mintPassword()
    console.error(`The password of ${name} is ${password} (shown only now).`)
    return { name, password: await hashPassword(password), scopes: given }
  }
  writePeople(
    file,
    await Promise.all([
      add('alice', [...scopes]),
      add('bob', ['documents:read']),
    ]),
  )
}

/** The people in force: an edited file counts at once, a bad one never. */
export class People {
  readonly #file: string
  #people: Person[]
  #seen: string

  constructor(file: string) {
    this.#file = file
    this.#seen = stateOf(file)
    this.#people = readPeople(readPrivate('The people file', file))
  }

  find(name: string): Person | undefined {
    this.#refresh()
    return this.#people.find((person) => person.name === name)
  }

  /** Who logs in; it takes as long for a name that nobody has. */
  async login(name: string, password: string): Promise<Person | undefined> {
    const person = this.find(name)
    const same = await isPassword(password, person?.password ?? noPassword)
    return same ? person : undefined
  }

  #refresh(): void {
    const seen = stateOf(this.#file)
    if (seen === this.#seen) return
    this.#seen = seen
    try {
      this.#people = readPeople(readPrivate('The people file', this.#file))
    } catch (error) {
      log.error(`${(error as Error).message} The old people stay.`)
    }
  }
}

const stateOf = (file: string) => {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat ? `${stat.ino} ${stat.mtimeMs} ${stat.size}` : 'gone'
}

import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { patchBase, writeSources } from '@guard-up/exercises'

const here = fileURLToPath(new URL('weaknesses/', import.meta.url))

const bases = ['step-2', 'step-3', 'issuer'] as const

/** What somebody might commit in an ordinary week, as its file says it. */
export interface Weakness {
  name: string
  /** The package that it is a change of. */
  base: (typeof bases)[number]
  /** Who gains what, in a sentence. */
  says: string
  /** Which properties are asked first: a regular expression. */
  asks?: string
  /** Why nobody outside can see it. */
  equivalent?: string
  /** It can listen beyond loopback, so it runs where nothing else is. */
  network?: 'isolated'
  patch: string
}

/** What the head of a file may say, and in which words. */
const fields: Record<string, RegExp> = {
  base: new RegExp(`^(${bases.join('|')})$`),
  says: /^.+\.$/,
  asks: /./,
  equivalent: /^.+\.$/,
  network: /^isolated$/,
}

/** The names of all weaknesses. */
export async function listWeaknesses(): Promise<string[]> {
  const files = await readdir(here)
  return files
    .filter((file) => file.endsWith('.patch'))
    .map((file) => file.slice(0, -'.patch'.length))
    .sort()
}

/**
 * What the file of a weakness says.
 * @throws {Error} when there is none, or its head is malformed
 */
export async function readWeakness(name: string): Promise<Weakness> {
  const text = await readFile(join(here, `${name}.patch`), 'utf8')
  const at = text.search(/^(--- |diff )/m)
  const head = text.slice(0, at).split('\n').filter(Boolean)
  const said = new Map<string, string>()
  for (const line of head) {
    const [, field = '', value = ''] = /^(\w+): (.*)$/.exec(line) ?? []
    if (!fields[field]?.test(value) || said.has(field)) {
      throw new Error(`${name}.patch says what is not understood: ${line}`)
    }
    said.set(field, value)
  }
  if (at < 0 || !said.has('base') || !said.has('says')) {
    throw new Error(`${name}.patch lacks its base, what it says or its patch.`)
  }
  const patch = text.slice(at)
  return { name, patch, ...Object.fromEntries(said) } as unknown as Weakness
}

/**
 * Lays a weakness over a copy of what its base is now.
 * @throws {Error} when it does not apply to that
 */
export async function layWeakness(
  { name, base, patch }: Weakness,
  folder: string,
): Promise<void> {
  const { sources, misfits } = await patchBase(base, patch)
  if (misfits.length > 0) {
    const files = misfits.join(' and ')
    throw new Error(`${name} does not apply to ${files} of ${base}.`)
  }
  await rm(folder, { recursive: true, force: true })
  await writeSources(folder, sources)
}

import {
  existsSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  statSync,
} from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { lock } from 'proper-lockfile'
import writeFileAtomic from 'write-file-atomic'
import { readPrivate } from '../src/env.ts'
import { readTokens, type Token } from '../src/tokens.ts'
import { tell, tellProblem, words } from './words.ts'

/** Milliseconds in which many at once have all had their turn. */
const patience = 15_000

/** Milliseconds after which a lock that nobody has touched was left behind. */
const stale = 2000
const holding = { realpath: false, update: stale / 2, onCompromised: () => {} }

/**
 * The tokens in a file; none when there is no file yet.
 * @throws {Error} which names the file and the entry, never the content
 */
export function loadTokens(file: string): Token[] {
  if (!isThere(file)) return []
  try {
    return readTokens(file, readPrivate(file))
  } catch (error) {
    throw new Error(tellProblem((error as Error).message, file))
  }
}

/**
 * Replaces the file by what `edit` makes of it, whole and alone at it.
 * @throws {Error} when it refuses; the file is then as it was
 */
export async function changeTokens<T>(
  file: string,
  edit: (tokens: Token[]) => T,
): Promise<T> {
  loadTokens(file)
  // The same file has the same lock by whatever name.
  const place = existsSync(file) ? realpathSync(file) : file
  const read = () => existsSync(place) && readFileSync(place, 'utf8')
  try {
    const unlock = await takeLock(place, file)
    try {
      const before = read()
      const tokens = loadTokens(file)
      const result = edit(tokens)
      const text = `${JSON.stringify(tokens, null, 2)}\n`
      readTokens(file, text)
      // Whoever stood still too long has lost the lock without noticing.
      if (read() !== before) throw new Error(tell(words.overtaken, { file }))
      writeFileAtomic.sync(place, text, { mode: 0o600 })
      return result
    } finally {
      await unlock().catch(() => {})
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ELOCKED') throw new Error(tell(words.locked, { file }))
    throw code ? new Error(tell(words.unwritable, { file, code })) : error
  }
}

/** Waits for other commands; one that was killed has it two seconds more. */
async function takeLock(place: string, file: string) {
  const folder = `${place}.lock`
  for (let waited = 0; ; waited += 100) {
    try {
      return await lock(place, { ...holding, stale: Number.POSITIVE_INFINITY })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ELOCKED' || waited >= patience) throw error
    }
    if (waited === 500) console.error(tell(words.waiting, { file }))
    if (isLeft(folder)) await removeLeft(folder)
    await setTimeout(100)
  }
}

/**
 * Removes the lock of a command that was killed. One at a time: of two who
 * found it, the second would remove what somebody had just made in its place.
 */
async function removeLeft(folder: string): Promise<void> {
  const done = await lock(folder, { ...holding, stale }).catch(() => undefined)
  if (!done) return
  try {
    if (isLeft(folder)) rmdirSync(folder)
  } finally {
    await done().catch(() => {})
  }
}

/** Whether nobody holds the lock any more: who does touches it each second. */
function isLeft(folder: string): boolean {
  const made = statSync(folder, { throwIfNoEntry: false })
  return made !== undefined && made.mtimeMs < Date.now() - stale
}

/** Refuses a pipe or a device, which a file cannot take the place of. */
function isThere(file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (!stat || stat.isFile() || stat.isDirectory()) return Boolean(stat)
  throw new Error(tell(words.irregular, { file }))
}

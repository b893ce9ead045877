import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { lock } from 'proper-lockfile'
import writeFileAtomic from 'write-file-atomic'
import { readPrivate } from '../src/files.ts'
import { readTokens, type Token } from '../src/tokens.ts'
import { tell, tellProblem, words } from './words.ts'

/** Milliseconds in which many at once have all had their turn. */
const patience = 15_000

/** Milliseconds after which a lock that nobody has touched was left behind. */
const stale = 2000

type Unlock = () => Promise<void>

/**
 * The tokens in a file; none when there is no file yet.
 * @throws {Error} which names the file and the entry, never the content
 */
export function loadTokens(file: string): Token[] {
  if (!isThere(file)) return []
  try {
    return readTokens(file, readPrivate(file, file))
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
  refuseShared(dirname(place), file)
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
    throw code ? new Error(tell(words.unwritable, { file, code })) : error
  }
}

/** Waits for other commands; one that was killed has it two seconds more. */
async function takeLock(place: string, file: string): Promise<Unlock> {
  for (let waited = 0; waited <= patience; waited += 100) {
    const unlock = (await tryLock(place)) ?? (await takeOver(place))
    if (unlock) return unlock
    if (waited === 500) console.error(tell(words.waiting, { file }))
    await setTimeout(100)
  }
  throw new Error(tell(words.locked, { file }))
}

/**
 * Takes the lock of a command that was killed. One at a time: of two who found
 * it, the second would remove what the first had just made in its place.
 */
async function takeOver(place: string): Promise<Unlock | undefined> {
  const done = await tryLock(`${place}.lock`, stale)
  try {
    return done && (await tryLock(place, stale))
  } finally {
    await done?.().catch(() => {})
  }
}

/** Takes the lock, if nobody has it who touched it in the last `age` ms. */
async function tryLock(
  path: string,
  age = Number.POSITIVE_INFINITY,
): Promise<Unlock | undefined> {
  const options = { realpath: false, stale: age, update: stale / 2 }
  try {
    return await lock(path, { ...options, onCompromised: () => {} })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOCKED') return undefined
    throw error
  }
}

/** Who may write where the file is can lead a write to another file of ours. */
function refuseShared(folder: string, file: string): void {
  const stat = statSync(folder, { throwIfNoEntry: false })
  const isShared = process.platform !== 'win32' && (stat?.mode ?? 0) & 0o002
  if (isShared) throw new Error(tell(words.exposed, { file }))
}

/** Refuses a pipe or a device, which a file cannot take the place of. */
function isThere(file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (!stat || stat.isFile() || stat.isDirectory()) return Boolean(stat)
  throw new Error(tell(words.irregular, { file }))
}

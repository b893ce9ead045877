import { setTimeout } from 'node:timers/promises'
import { lock } from 'proper-lockfile'

/** Milliseconds in which many at once have all had their turn. */
const patience = 15_000

/** Milliseconds after which a lock that nobody has touched was left behind. */
const stale = 2000

type Unlock = () => Promise<void>

/**
 * Has a file to itself until the answer is called. Waits for other commands;
 * one that was killed has it two seconds more.
 * @throws {Error} when they take too long
 */
export async function takeLock(place: string): Promise<Unlock> {
  for (let waited = 0; waited <= patience; waited += 100) {
    const unlock = (await tryLock(place)) ?? (await takeOver(place))
    if (unlock) return unlock
    await setTimeout(100)
  }
  throw new Error('Another command has the people file: try again.')
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

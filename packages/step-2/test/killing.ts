import { createHash } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import {
  mint,
  outcome,
  readEntries,
  runKey,
  scratch,
  startKey,
} from './scratch.ts'

const digestOf = (secret: string) =>
  createHash('sha256').update(secret).digest('hex')

/** What came of killing `key` again and again. */
interface Killing {
  /** The longest that the next one took, in milliseconds. */
  longest: number
  /** How often it was killed while it had the file to itself. */
  inside: number
}

/**
 * Kills `key` again and again, half of the times somewhere in its life and
 * half in the moment when it has the file, in a few folders side by side.
 */
export async function killRepeatedly(times: number): Promise<Killing> {
  const sides = await Promise.all(
    Array.from({ length: 5 }, () => killInOneFolder(times / 5)),
  )
  return {
    longest: Math.max(...sides.map(({ longest }) => longest)),
    inside: sides.reduce((sum, { inside }) => sum + inside, 0),
  }
}

async function killInOneFolder(times: number): Promise<Killing> {
  const cwd = scratch()
  const file = join(cwd, 'tokens.json')
  const lock = `${file}.lock`
  const digests = new Set<string>()
  // A file that takes a while to write.
  const names = Array.from({ length: 500 }, (_, index) => `first${index}`)
  const first = await runKey(['mint', ...names], { cwd })
  for (const secret of first.stdout.trim().split('\n')) {
    digests.add(digestOf(secret))
  }
  const start = performance.now()
  digests.add(digestOf(await mint('measured', cwd)))
  const life = performance.now() - start

  const isWhole = (round: number) => {
    const held = new Set(readEntries(file).map(({ digest }) => digest))
    const lost = [...digests].filter((digest) => !held.has(digest))
    expect(lost, `lost in round ${round}`).toEqual([])
    expect(statSync(file).mode & 0o777).toBe(0o600)
  }
  let longest = 0
  let inside = 0
  for (let round = 0; round < times; round += 1) {
    const child = startKey(['mint', `killed${round}`], { cwd })
    const ended = outcome(child)
    if (round % 2 === 0) {
      await Promise.race([ended, setTimeout(Math.random() * life)])
    } else {
      while (!existsSync(lock) && child.exitCode === null) await setTimeout(1)
      await setTimeout(Math.random() * 8)
    }
    child.kill('SIGKILL')
    const { stdout } = await ended
    if (existsSync(lock)) inside += 1
    for (const secret of stdout.match(/^gup_\S+(?=\n)/gm) ?? []) {
      digests.add(digestOf(secret))
    }
    isWhole(round)
    const before = performance.now()
    digests.add(digestOf(await mint(`next${round}`, cwd)))
    longest = Math.max(longest, performance.now() - before)
    isWhole(round)
  }
  expect(existsSync(lock)).toBe(false)
  return { longest, inside }
}

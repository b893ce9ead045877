import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** What lies in a process: all of it as text, to search in. */
export interface Memory {
  /** The environment as its code sees it, which may have added to it. */
  environment: string
  /** Every string that its code could still reach. */
  heap: string
}

let looks = 0

/** Has every process with the spy in it write a file, and finds those. */
async function look(spyFolder: string, what = ''): Promise<string[]> {
  looks += 1
  const asked = `${looks}${what}`
  const pids = await readFile(join(spyFolder, 'pids'), 'utf8').catch(() => '')
  await writeFile(join(spyFolder, 'look'), asked)
  const files: string[] = []
  for (const pid of pids.split('\n').filter((line) => isAlive(Number(line)))) {
    const file = join(spyFolder, `memory-${asked}-${pid}`)
    const end = Date.now() + 20_000
    while (!existsSync(file)) {
      if (!isAlive(Number(pid)) || Date.now() > end) break
      await setTimeout(20)
    }
    if (existsSync(file)) files.push(file)
  }
  return files
}

/**
 * What every process with the spy in it holds.
 * @throws {Error} when none says so in time
 */
export async function readMemory(spyFolder: string): Promise<Memory> {
  const memory: Memory = { environment: '', heap: '' }
  for (const file of await look(spyFolder)) {
    memory.environment += await readFile(`${file}.environment`, 'utf8')
    memory.heap += await readFile(file, 'utf8')
    await rm(file)
    await rm(`${file}.environment`)
  }
  if (memory.heap === '') throw new Error('No process said what it holds.')
  return memory
}

/** How much all of them hold together, in bytes. */
export async function weigh(spyFolder: string): Promise<number> {
  let bytes = 0
  for (const file of await look(spyFolder, 'weigh')) {
    bytes += Number(await readFile(file, 'utf8'))
    await rm(file)
  }
  return bytes
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch {
    return false
  }
}

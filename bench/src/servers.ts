import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Batch, Outcome, Target } from './load.ts'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * What a measured server can be asked: milliseconds of CPU, bytes that it
 * holds, bytes that it has read on ended connections, connections open now.
 */
export type Reading = 'cpu' | 'memory' | 'bytes' | 'open'

/** A server in a process of its own. */
export interface Server {
  url: URL
  /** Milliseconds from its start until it printed its URL. */
  startedIn: number
  read(what: Reading): Promise<number>
}

const running = new Set<ChildProcess>()
const folders = new Set<string>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})
// An interrupt is an exit too: what was started ends with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(130))
}

/** What a measure uses, and what ends with it. */
export class Bench {
  readonly #ends: (() => Promise<unknown> | unknown)[] = []
  #asked = 0

  /** Has something done when the measure is over, last things first. */
  defer(end: () => Promise<unknown> | unknown): void {
    this.#ends.unshift(end)
  }

  async close(): Promise<void> {
    for (const end of this.#ends.splice(0)) await end()
  }

  /** A folder that is gone afterwards. */
  async openFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'guard-up-bench-'))
    folders.add(folder)
    this.defer(async () => {
      await rm(folder, { recursive: true, force: true })
      folders.delete(folder)
    })
    return folder
  }

  /** Starts a server of TypeScript or JavaScript, which prints its URL. */
  async start(
    file: string,
    cwd: string,
    env: Record<string, string> = {},
  ): Promise<Server> {
    const home = await this.openFolder()
    const log = join(home, 'log')
    const meter = new URL('./meter.ts', import.meta.url).href
    const tsx = import.meta.resolve('tsx')
    const start = performance.now()
    const args = ['--import', tsx, '--import', meter, file]
    const child = spawn(process.execPath, args, {
      cwd,
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        PORT: '0',
        OFFICE_DIR: join(home, 'office'),
        ...env,
      },
      stdio: ['ignore', 'pipe', openSync(log, 'w', 0o600), 'ipc'],
    })
    this.#hold(child)
    const { stdout } = child
    if (!stdout) throw new Error('It has no output.')
    const [line] = await Promise.race([
      once(createInterface({ input: stdout }), 'line'),
      once(child, 'exit'),
    ])
    const startedIn = performance.now() - start
    if (!URL.canParse(`${line}`)) {
      throw new Error(`${file} did not start.\n${readFileSync(log, 'utf8')}`)
    }
    return {
      url: new URL(`${line}`),
      startedIn,
      read: (what) => this.#ask(child, { what }),
    }
  }

  /** Starts a generator of load; answers how long a batch of calls took. */
  openLoad(): (target: Target, batch: Batch) => Promise<Outcome> {
    const child = fork(fileURLToPath(new URL('load.ts', import.meta.url)), [], {
      execArgv: ['--import', import.meta.resolve('tsx')],
    })
    this.#hold(child)
    return (target, batch) => this.#ask(child, { target, batch })
  }

  #hold(child: ChildProcess): void {
    running.add(child)
    const ended = once(child, 'exit').then(() => running.delete(child))
    this.defer(async () => {
      child.kill()
      const late = setTimeout(() => child.kill('SIGKILL'), 3000)
      await ended
      clearTimeout(late)
    })
  }

  #ask<T>(child: ChildProcess, question: object): Promise<T> {
    this.#asked += 1
    const id = this.#asked
    return new Promise((resolve, reject) => {
      const end = () => {
        child.off('message', hear)
        child.off('exit', fail)
      }
      const hear = (said: { id: number; value?: T; error?: string }) => {
        if (said.id !== id) return
        end()
        if (said.error === undefined) resolve(said.value as T)
        else reject(new Error(said.error))
      }
      const fail = () => {
        end()
        reject(new Error('A process ended while it was measured.'))
      }
      child.on('message', hear)
      child.on('exit', fail)
      child.send({ id, ...question })
    })
  }
}

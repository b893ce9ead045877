import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** How to start a server whose process we hold. */
export interface StartOptions {
  /** The program and its arguments; no shell sees them. */
  command: [program: string, ...args: string[]]
  cwd?: string | undefined
  /** What is added to, or (undefined) taken from, our own environment. */
  env?: Record<string, string | undefined> | undefined
  /** Milliseconds until it must have printed its URL; 20 s when left out. */
  timeoutMs?: number | undefined
}

/** What the server did with a secret, seen from inside its process. */
export type SpiedCall =
  /** Compared in constant time; the lengths are in bytes. */
  | { function: 'timingSafeEqual'; lengths: [number, number] }
  /** Looked up a `canary` secret itself, rather than its digest, in a Map. */
  | { function: 'lookup'; key: string }

/** How a secret must begin for a look-up by it to be noted. */
export const canary = 'guardcheck-canary-'

/** A server that we started, and what only its starter can see of it. */
export interface StartedProcess {
  /** The URL that it printed when it listened. */
  url: URL
  pid: number
  /** Everything that it has printed so far, on both streams. */
  output(): string
  /** Starts another one like it, with a changed environment. */
  again(env: Record<string, string | undefined>): Promise<StartOutcome>
  /** What the server has compared and looked up since the last call. */
  spiedCalls(): Promise<SpiedCall[]>
  /** While true, every comparison inside the server throws. */
  breakVerifier(broken: boolean): Promise<void>
  /** Ends it by its id and resolves when it is gone: SIGTERM, then SIGKILL. */
  stop(): Promise<void>
}

/** What came of a start: it listens, or it ended by itself. */
export type StartOutcome =
  | { started: StartedProcess }
  | { exitCode: number; output: string }

const spy = new URL('./spy.mjs', import.meta.url).href

/** Every process that this one started and has not yet seen end. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Starts a server and waits for the URL on its standard output.
 * @throws {Error} when it neither prints a URL nor ends in time
 */
export async function startProcess(
  options: StartOptions,
): Promise<StartOutcome> {
  const spyFolder = await mkdtemp(join(tmpdir(), 'guardcheck-'))
  const [program, ...args] = options.command
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: {
      ...process.env,
      ...options.env,
      GUARDCHECK_SPY: spyFolder,
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import ${spy}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let output = ''
  const ended = new Promise<number>((resolve) => {
    child.once('error', (error) => {
      output += `${error.message}\n`
      resolve(127)
    })
    child.once('close', (code) => resolve(code ?? 1))
  }).then(async (code) => {
    running.delete(child)
    await rm(spyFolder, { recursive: true, force: true })
    return code
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  const listening = new Promise<URL>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`
      if (/^https?:\/\/\S+$/.test(line)) resolve(new URL(line))
    })
  })
  const stop = async () => {
    child.kill('SIGTERM')
    const patience = setTimeout(() => child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(patience)
  }
  let giveUp: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    giveUp = setTimeout(() => resolve('late'), options.timeoutMs ?? 20_000)
  })
  const outcome = await Promise.race([listening, ended, late])
  clearTimeout(giveUp)
  if (outcome === 'late') {
    await stop()
    throw new Error(`The server did not print its URL in time.\n${output}`)
  }
  if (typeof outcome === 'number') return { exitCode: outcome, output }

  let read = 0
  const started: StartedProcess = {
    url: outcome,
    pid: child.pid ?? 0,
    output: () => output,
    again: (env) =>
      startProcess({ ...options, env: { ...options.env, ...env } }),
    async spiedCalls() {
      const file = join(spyFolder, 'calls.jsonl')
      const text = await readFile(file, 'utf8').catch(() => '')
      const lines = text.split('\n').slice(0, -1)
      const fresh = lines.slice(read)
      read = lines.length
      return fresh.map((line) => JSON.parse(line))
    },
    async breakVerifier(broken) {
      const file = join(spyFolder, 'broken')
      await (broken ? writeFile(file, '') : rm(file, { force: true }))
    },
    stop,
  }
  return { started }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { type Memory, readMemory, weigh } from './memory.ts'

/** How to start a server whose process we hold. */
export interface StartOptions {
  /** A program and its arguments, or a line for the shell. */
  command: [program: string, ...args: string[]] | string
  /** Where it listens, for a server that does not print its URL. */
  url?: URL | undefined
  cwd?: string | undefined
  /** What is added to, or (undefined) taken from, our own environment. */
  env?: Record<string, string | undefined> | undefined
  /** Milliseconds until it must have printed its URL; 20 s when left out. */
  timeoutMs?: number | undefined
}

/** What the server did with a secret, seen from inside its process. */
export type SpiedCall =
  /** Compared in constant time, or threw on request; lengths in bytes. */
  | { function: 'timingSafeEqual'; lengths: [number, number]; threw: boolean }
  /** Looked a `canary` secret up by itself, rather than by its digest. */
  | { function: 'lookup'; key: string }

/** How a secret must begin for a look-up by it to be noted. */
export const canary = 'guardcheck-canary-'

/** A server that we started, and what only its starter can see of it. */
export interface StartedProcess {
  /** The URL that it printed when it listened. */
  url: URL
  pid: number
  /** The folder in which it was started. */
  cwd: string
  /** Everything that it has printed so far, on both streams. */
  output(): string
  /** Whether a line for the shell started it: who takes its words is open. */
  inShell: boolean
  /**
   * Starts another one like it, with a changed environment and, where no
   * shell stands between, further arguments.
   */
  again(
    env: Record<string, string | undefined>,
    args?: string[],
  ): Promise<StartOutcome>
  /** What it holds now, and each Node process that it started. */
  memory(): Promise<Memory>
  /** The bytes that all of them still hold after a collection of garbage. */
  weigh(): Promise<number>
  /** Whether it is a program that can be seen into: one that runs on Node. */
  isSpied(): boolean
  /** What the server has compared and looked up since the last call. */
  spiedCalls(): Promise<SpiedCall[]>
  /** While true, every comparison inside the server throws. */
  breakVerifier(broken: boolean): Promise<void>
  /** Resolves with its exit status when it has ended. */
  ended: Promise<number>
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
/** Those of them that lead a process group of their own. */
const groups = new WeakSet<ChildProcess>()
process.once('exit', () => {
  for (const child of running) signal(child, 'SIGKILL')
})

/** Sends a signal to a process, and to its group when it leads one. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null) return
  try {
    process.kill(groups.has(child) ? -child.pid : child.pid, name)
  } catch {
    // It ended in the meantime.
  }
}

/** Ends a process and resolves when it is gone: SIGTERM, then SIGKILL. */
async function end(child: ChildProcess, ended: Promise<number>): Promise<void> {
  signal(child, 'SIGTERM')
  const patience = new AbortController()
  setTimeout(5000, undefined, { signal: patience.signal }).then(
    () => signal(child, 'SIGKILL'),
    () => {},
  )
  await ended
  patience.abort()
}

/** Resolves with the URL once something accepts connections there. */
async function waitForListener(url: URL, child: ChildProcess): Promise<URL> {
  for (;;) {
    if (await isListening(url)) return url
    await setTimeout(50)
    // Never resolves for a server that ended: its end is seen elsewhere.
    if (child.exitCode !== null) return new Promise(() => {})
  }
}

/** Whether something accepts connections at a URL. */
export function isListening(url: URL): Promise<boolean> {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** What the spy in the process wrote down, and what it does on request. */
function openSpy(
  spyFolder: string,
): Pick<StartedProcess, 'isSpied' | 'spiedCalls' | 'breakVerifier'> {
  let read = 0
  const calls = join(spyFolder, 'calls.jsonl')
  return {
    isSpied: () => existsSync(calls),
    async spiedCalls() {
      const text = await readFile(calls, 'utf8').catch(() => '')
      const lines = text.split('\n').slice(0, -1)
      const fresh = lines.slice(read)
      read = lines.length
      return fresh.map((line) => JSON.parse(line))
    },
    async breakVerifier(broken) {
      const file = join(spyFolder, 'broken')
      await (broken ? writeFile(file, '') : rm(file, { force: true }))
    },
  }
}

/**
 * Starts a server and waits for the URL on its standard output.
 * @throws {Error} when it neither prints a URL nor ends in time
 */
export async function startProcess(
  options: StartOptions,
): Promise<StartOutcome> {
  const spyFolder = await mkdtemp(join(tmpdir(), 'guardcheck-'))
  const inShell = typeof options.command === 'string'
  const [program = '', ...args] = inShell
    ? [options.command as string]
    : options.command
  const child = spawn(program, args, {
    cwd: options.cwd,
    shell: inShell,
    // A shell's children are ended with it: they share its process group.
    detached: inShell && process.platform !== 'win32',
    env: {
      ...process.env,
      ...options.env,
      GUARDCHECK_SPY: spyFolder,
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import ${spy}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  if (inShell && process.platform !== 'win32') groups.add(child)
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
      if (/^https?:\/\/\S+$/.test(line)) resolve(options.url ?? new URL(line))
    })
    if (options.url) void waitForListener(options.url, child).then(resolve)
  })
  const stop = () => end(child, ended)
  const patience = new AbortController()
  const late = setTimeout(options.timeoutMs ?? 20_000, 'late' as const, {
    signal: patience.signal,
  }).catch(() => 'late' as const)
  const outcome = await Promise.race([listening, ended, late])
  patience.abort()
  if (outcome === 'late') {
    await stop()
    throw new Error(`The server did not print its URL in time.\n${output}`)
  }
  if (typeof outcome === 'number') return { exitCode: outcome, output }

  const started: StartedProcess = {
    url: outcome,
    pid: child.pid ?? 0,
    output: () => output,
    cwd: options.cwd ?? process.cwd(),
    inShell,
    again: (env, more = []) =>
      startProcess({
        ...options,
        command: inShell ? options.command : [program, ...args, ...more],
        env: { ...options.env, ...env },
      }),
    memory: () => readMemory(spyFolder),
    weigh: () => weigh(spyFolder),
    ...openSpy(spyFolder),
    ended,
    stop,
  }
  return { started }
}

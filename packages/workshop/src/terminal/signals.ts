import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Why everything ends early; the code is what a shell would expect. */
export class Ended extends Error {
  readonly exitCode: number
  constructor(exitCode: number) {
    super('ended by a signal')
    this.exitCode = exitCode
  }
}

const codes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** A signal that aborts when this process is asked to end. */
export function watchEnding(): AbortSignal {
  const ending = new AbortController()
  let since = 0
  const end = (exitCode: number) => {
    // One Ctrl-C may arrive twice, from the terminal and through npm; only
    // somebody who presses it again later will not wait.
    if (ending.signal.aborted && Date.now() - since > 1000) {
      process.exit(exitCode)
    }
    since ||= Date.now()
    ending.abort(new Ended(exitCode))
  }
  for (const [signal, code] of Object.entries(codes)) {
    process.on(signal, () => end(code))
  }
  // A reader such as `head` may leave early.
  process.stdout.on('error', () => end(0))
  void watchStarters(() => end(codes.SIGTERM))
  return ending.signal
}

/** Settles as `work` does, or rejects when the signal aborts first. */
export function untilAborted<T>(
  signal: AbortSignal,
  work: Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    work
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}

/**
 * Calls `gone` when npm or pnpm, that started this process, is no more: a
 * signal that ends npm reaches its shell and nothing below.
 */
async function watchStarters(gone: () => void): Promise<void> {
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return
  const starters = await listStarters().catch(() => [process.ppid])
  const timer = setInterval(() => {
    if (starters.every(isAlive)) return
    clearInterval(timer)
    gone()
  }, 300)
  timer.unref()
}

/** The ids of npm, pnpm and their shells above this process. */
async function listStarters(): Promise<number[]> {
  const run = promisify(execFile)
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,args='])
  const parents = new Map<number, { parent: number; line: string }>()
  for (const row of stdout.split('\n')) {
    const [, pid, parent, line = ''] = /^ *(\d+) +(\d+) +(.*)$/.exec(row) ?? []
    parents.set(Number(pid), { parent: Number(parent), line })
  }
  const starters: number[] = []
  for (let pid = process.ppid; pid > 1; ) {
    const entry = parents.get(pid)
    if (!entry || !/\b(npm|npx|pnpm)\b|sh -c /.test(entry.line)) break
    starters.push(pid)
    pid = entry.parent
  }
  return starters
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

import { execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { root } from '../src/repository.ts'

/** A program that a test started, and what it has said so far. */
export interface Started {
  pid: number
  stdout(): string
  stderr(): string
  write(text: string): void
  /** Sends a signal to this process only. */
  kill(signal: NodeJS.Signals): void
  /** Resolves when `text` has been printed; fails when it ended before. */
  printed(text: string): Promise<void>
  /** Resolves with the exit status, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>
}

/** An environment as a learner's shell has it, and not as npm passes it on. */
export function createEnv(
  more: Record<string, string | undefined> = {},
): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_|pnpm_|vitest|turbo|lc_|init_cwd$|ci$|node_env$|node_options$)/i.test(
        name,
      ) && !/^(FORCE_COLOR|NO_COLOR|COLUMNS|PORT|HOST|LANGUAGE)$/.test(name),
  )
  return { ...Object.fromEntries(inherited), LANG: 'C.UTF-8', ...more }
}

/** Starts a program; what a test leaves running is ended after it. */
export function start(
  command: string,
  args: readonly string[],
  { env = createEnv(), cwd = root }: SpawnOptions = {},
): Started {
  const child = spawn(command, args, { env, cwd, stdio: 'pipe' })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      said[stream] += text
    })
  }
  child.stdin.on('error', () => {})
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  let over = false
  void ended.then(() => {
    over = true
  })
  onTestFinished(() => {
    if (!over) endAll([...listDescendants(child.pid ?? 0), child.pid ?? 0])
  })
  return {
    pid: child.pid ?? 0,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    write: (text) => void child.stdin.write(text),
    kill: (signal) => void child.kill(signal),
    async printed(text) {
      while (!`${said.stdout}${said.stderr}`.includes(text)) {
        if (over) {
          throw new Error(`It ended first.\n${said.stdout}\n${said.stderr}`)
        }
        await setTimeout(20)
      }
    },
    ended,
  }
}

const main = ['--import', 'tsx', 'packages/workshop/src/main.ts']

/** Starts the workshop as its scripts do, without a terminal. */
export function startWorkshop(
  args: readonly string[],
  env: Record<string, string | undefined> = {},
): Started {
  return start(process.execPath, [...main, ...args], { env: createEnv(env) })
}

/** Runs the workshop to its end. */
export async function runWorkshop(
  args: readonly string[],
  env: Record<string, string | undefined> = {},
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  const started = startWorkshop(args, env)
  const code = await started.ended
  return { code, stdout: started.stdout(), stderr: started.stderr() }
}

/** A folder that is removed after the test. */
export function createFolder(name = 'guard-up-test-'): string {
  const folder = mkdtempSync(join(tmpdir(), name))
  onTestFinished(() =>
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  )
  return folder
}

/** What the workshop has left in a temporary folder. */
export function listLeftovers(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('guard'))
}

/** The ids of everything that a process has started, at any depth. */
export function listDescendants(pid: number): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], {
    encoding: 'utf8',
  })
  const rows = table
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/ +/).map(Number))
  const below = (parent: number): number[] =>
    rows
      .filter(([, ppid]) => ppid === parent)
      .flatMap(([child = 0]) => [child, ...below(child)])
  return below(pid)
}

/** Those of the processes that still run; what is only unread is not. */
export function listRunning(pids: readonly number[]): number[] {
  return pids.filter((pid) => {
    try {
      const state = execFileSync('ps', ['-o', 'stat=', '-p', `${pid}`])
      return !`${state}`.startsWith('Z')
    } catch {
      return false
    }
  })
}

/** Resolves when none of the processes runs any more; else ends them. */
export async function untilGone(pids: readonly number[]): Promise<void> {
  const deadline = Date.now() + 5000
  for (;;) {
    const running = listRunning(pids)
    if (running.length === 0) return
    if (Date.now() > deadline) {
      endAll(running)
      throw new Error(`still running: ${running.join(', ')}`)
    }
    await setTimeout(50)
  }
}

function endAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended in the meantime.
    }
  }
}

/** What every terminal code begins with. */
export const esc = '\u001b'

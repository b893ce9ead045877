import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { OfficeError } from '../src/refusal.ts'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** A folder that is gone when the test is over. */
export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'guard-up-office-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Starts a TypeScript program; it is killed when the test is over. */
export function start(file: string, env: NodeJS.ProcessEnv): ChildProcess {
  return run(process.execPath, ['--import', 'tsx', file], env)
}

export function run(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
): ChildProcess {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** Everything it printed, and how it ended: an exit code or a signal. */
export async function outcome(child: ChildProcess) {
  let printed = ''
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    printed += text
  })
  const [code, signal] = await once(child, 'close')
  return { printed, ended: signal ?? code }
}

/** The sentence with which the work was refused; anything else fails. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    (value) => new Error(`not refused: ${JSON.stringify(value)}`),
    (error) => error,
  )
  expect(error).toBeInstanceOf(OfficeError)
  return error.message
}

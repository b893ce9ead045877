import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Step } from 'guardcheck'
import { next, root } from './steps.ts'

/**
 * Shows what a step adds to the one before it, in the order in which it is
 * told. Resolves with git's exit status, 0 with differences as well.
 * @throws {Error} with the code ENOENT when git is missing
 */
export async function showDiff(
  step: Step | typeof next,
  options: readonly string[],
): Promise<number> {
  const args = [
    'diff',
    '--no-index',
    '--no-prefix',
    `-O${join(root, '.difforder')}`,
    ...options,
    '--',
    `step-${step === next ? 3 : step - 1}/src`,
    `step-${step}/src`,
  ]
  const cwd = join(root, 'packages')
  const git = spawn('git', args, { cwd, stdio: 'inherit' })
  // The pager takes Ctrl-C itself, and must not lose its terminal.
  process.on('SIGINT', () => {})
  const [code] = await once(git, 'exit')
  return code === 1 ? 0 : (code ?? 1)
}

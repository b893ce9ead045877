import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { folderOf } from './steps.ts'

const run = promisify(execFile)

/** The operator's command for the tokens of a step that has one. */
export interface Keys {
  /** Gives new callers a secret each, in the order of their names. */
  mint(...names: string[]): Promise<string[]>
  /** Gives a caller a new secret; the old one works for `overlap` more. */
  rotate(name: string, overlap: string): Promise<string>
  revoke(name: string): Promise<void>
}

/** The file that keeps a step's tokens; undefined when none does. */
export function keyCommand(folder: string): string | undefined {
  if (!existsSync(join(folder, 'src/keys.ts'))) return undefined
  // A later step has no command of its own: what it reads is the same.
  const own = join(folder, 'bin/key.ts')
  return existsSync(own) ? own : join(folderOf(2), 'bin/key.ts')
}

/** What the callers may do, where that is asked for. */
const scopes = ['documents:read', 'customers:read', 'refunds:write']

/** Keeps the tokens in `file` by the step's own command, a process a time. */
export function openKeys(folder: string, file: string): Keys | undefined {
  const command = keyCommand(folder)
  if (!command) return undefined
  const key = async (...args: string[]) => {
    const { stdout } = await run(
      process.execPath,
      ['--import', 'tsx', command, ...args],
      { cwd: folder, env: { ...process.env, MCP_TOKENS_FILE: file } },
    )
    return stdout.split('\n').filter(Boolean)
  }
  return {
    mint: (...names) => key('mint', ...names, '--scope', ...scopes),
    rotate: async (name, overlap) =>
      `${await key('rotate', name, '--overlap', overlap)}`,
    revoke: async (name) => void (await key('revoke', name)),
  }
}

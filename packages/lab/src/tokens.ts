import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import type { Grant, Keys } from 'guardcheck'
import { runTs, stepFolder } from './step.ts'

/** All that a caller may be allowed to do. */
export const scopes = [
  'documents:read',
  'customers:read',
  'stock:read',
  'refunds:write',
]

/** The secrets that stand in a server's source: the flaw of step 1. */
export function readSecrets(folder: string): string[] {
  const file = join(folder, 'src/tokens.ts')
  if (!existsSync(file)) return []
  const source = readFileSync(file, 'utf8')
  return [...source.matchAll(/'(guard-up-[a-z0-9-]+)'/g)].map(([, s]) => `${s}`)
}

/** A secret as `pnpm key mint` makes it. */
export function createSecret(): string {
  const body = `gup_${randomBytes(32).toString('base64url')}_`
  return body + crc32(body).toString(16).padStart(8, '0')
}

const hour = 60 * 60 * 1000

/** A hold on tokens as the steps keep them, from the second one on. */
export function createKeys(
  file: string,
  options: Pick<Keys, 'command'> & { grants?: Grant[] } = {},
): Keys {
  return {
    variable: 'MCP_TOKENS',
    fileVariable: 'MCP_TOKENS_FILE',
    file,
    grants: options.grants ?? [],
    createSecret,
    format,
    async replace(text) {
      await writeFile(`${file}.new`, text, { mode: 0o600 })
      await rename(`${file}.new`, file)
    },
    command: options.command,
  }
}

function format(grants: readonly Grant[]): string {
  const tokens = grants.map((grant) => {
    const { name, secret, notBefore = new Date() } = grant
    const { expiresAt = new Date(Date.now() + hour) } = grant
    const digest = createHash('sha256').update(secret).digest('hex')
    const token = { name, digest, scopes: grant.scopes ?? [], notBefore }
    return expiresAt ? { ...token, expiresAt } : token
  })
  return `${JSON.stringify(tokens, null, 2)}\n`
}

/** The file of the command that keeps a server's tokens, if any does. */
export function findKeyCommand(folder: string): string | undefined {
  if (!existsSync(join(folder, 'src/keys.ts'))) return undefined
  // A later step has no command of its own: what it reads is the same.
  const own = join(folder, 'bin/key.ts')
  return existsSync(own) ? own : join(stepFolder(2), 'bin/key.ts')
}

/** The operator's command for the tokens of a step that has one. */
export interface KeyCommand {
  /** Gives new callers a secret each, for all that there is unless told. */
  mint(names: string[], may?: string[]): Promise<string[]>
  /** Gives a caller a new secret; the old one works for `overlap` more. */
  rotate(name: string, overlap: string): Promise<string>
  revoke(name: string): Promise<void>
}

/** Keeps the tokens in `file` by the step's own command, a process a time. */
export function openKeyCommand(
  folder: string,
  file: string,
): KeyCommand | undefined {
  const command = findKeyCommand(folder)
  if (!command) return undefined
  const [program, ...start] = runTs(command)
  const key = async (...args: string[]) => {
    const env = { ...process.env, MCP_TOKENS_FILE: file }
    const options = { cwd: folder, env }
    const run = promisify(execFile)
    const { stdout } = await run(program, [...start, ...args], options)
    return stdout.split('\n').filter(Boolean)
  }
  return {
    mint: (names, may = scopes) =>
      key('mint', ...names, ...(may.length > 0 ? ['--scope', ...may] : [])),
    rotate: async (name, overlap) =>
      `${await key('rotate', name, '--overlap', overlap)}`,
    revoke: async (name) => void (await key('revoke', name)),
  }
}

import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect } from 'vitest'

const home = mkdtempSync(join(tmpdir(), 'guard-up-configuration-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const step = fileURLToPath(new URL('..', import.meta.url))

/** What a start came to: its exit status, what it printed, and how long. */
interface Start {
  code: number | null
  stdout: string
  stderr: string
  seconds: number
}

/** Starts the server as an operator would, until it serves or ends. */
export function start(
  env: Record<string, string>,
  args: string[],
): Promise<Start> {
  const before = performance.now()
  const {
    MCP_TOKENS: _text,
    MCP_TOKENS_FILE: _file,
    NODE_OPTIONS: _options,
    ...rest
  } = process.env
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/main.ts', ...args],
    {
      cwd: step,
      env: { ...rest, PORT: '0', OFFICE_DIR: join(home, 'office'), ...env },
      // A server that starts after all must not outlive its test.
      timeout: 15_000,
    },
  )
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (bytes) => {
    stdout += bytes
    child.kill()
  })
  child.stderr.on('data', (bytes) => {
    stderr += bytes
  })
  return new Promise((resolve) => {
    child.once('close', (code) => {
      const seconds = (performance.now() - before) / 1000
      resolve({ code, stdout, stderr, seconds })
    })
  })
}

const digest = createHash('sha256').update(randomBytes(32)).digest('hex')
export const good = {
  name: 'desk',
  digest,
  notBefore: '2026-01-01T00:00:00.000Z',
  expiresAt: '2100-01-01T00:00:00.000Z',
}
const other = { ...good, name: 'night', digest: 'a'.repeat(64) }
export const list = (...tokens: object[]) => JSON.stringify(tokens)

let count = 0
/** A file of tokens as an operator might have left it. */
function file(text: string, mode = 0o600): string {
  count += 1
  const path = join(home, `tokens-${count}.json`)
  writeFileSync(path, text, { mode })
  return path
}

const folder = join(home, 'folder')
mkdirSync(folder, { mode: 0o700 })

/** A configuration that must not start. */
interface Mistake {
  what: string
  env: Record<string, string>
  /** What its one sentence names. */
  names: RegExp
  args?: string[]
}

/** What no message may repeat. */
export const content = new RegExp(`plain-demo-secret|changeme|forged|${digest}`)

const text = /MCP_TOKENS\b/
const byFile = /MCP_TOKENS_FILE\b/
const entry = (number: number, field: string) =>
  new RegExp(`MCP_TOKENS entry ${number}: ${field}`)

export const mistakes: Mistake[] = [
  { what: 'no tokens at all', env: {}, names: text },
  { what: 'an empty MCP_TOKENS', env: { MCP_TOKENS: '' }, names: text },
  { what: 'only blanks', env: { MCP_TOKENS: '  ' }, names: text },
  { what: 'an empty list', env: { MCP_TOKENS: '[]' }, names: text },
  {
    what: 'both variables',
    env: { MCP_TOKENS: list(good), MCP_TOKENS_FILE: file(list(good)) },
    names: byFile,
  },
  { what: 'a placeholder', env: { MCP_TOKENS: 'changeme' }, names: text },
  {
    what: 'a plain secret',
    env: { MCP_TOKENS: 'desk:plain-demo-secret' },
    names: text,
  },
  {
    what: 'a plain secret in a list',
    env: { MCP_TOKENS: '["plain-demo-secret"]' },
    names: entry(1, ''),
  },
  { what: 'half a list', env: { MCP_TOKENS: '[{"name"' }, names: text },
  { what: 'an object', env: { MCP_TOKENS: '{"desk":1}' }, names: text },
  {
    what: 'an entry that is null',
    env: { MCP_TOKENS: '[null]' },
    names: entry(1, ''),
  },
  {
    what: 'a token without a name',
    env: { MCP_TOKENS: list({ ...good, name: undefined }) },
    names: entry(1, 'name'),
  },
  {
    what: 'an empty name',
    env: { MCP_TOKENS: list({ ...good, name: '' }) },
    names: entry(1, 'name'),
  },
  {
    what: 'a name with a line break in it',
    env: { MCP_TOKENS: list({ ...good, name: 'desk\nforged' }) },
    names: entry(1, 'name'),
  },
  {
    what: 'a token without a digest',
    env: { MCP_TOKENS: list({ ...good, digest: undefined }) },
    names: entry(1, 'digest'),
  },
  {
    what: 'a digest that is a secret',
    env: { MCP_TOKENS: list(other, { ...good, digest: 'plain-demo-secret' }) },
    names: entry(2, 'digest'),
  },
  {
    what: 'a digest in capitals',
    env: { MCP_TOKENS: list({ ...good, digest: digest.toUpperCase() }) },
    names: entry(1, 'digest'),
  },
  {
    what: 'a token that never expires',
    env: { MCP_TOKENS: list({ ...good, expiresAt: undefined }) },
    names: entry(1, 'expiresAt'),
  },
  {
    what: 'an expiry that is no time',
    env: { MCP_TOKENS: list({ ...good, expiresAt: 'next year' }) },
    names: entry(1, 'expiresAt'),
  },
  {
    what: 'an expiry in seconds',
    env: { MCP_TOKENS: list({ ...good, expiresAt: 1900000000 }) },
    names: entry(1, 'expiresAt'),
  },
  {
    what: 'a token without a beginning',
    env: { MCP_TOKENS: list({ ...good, notBefore: undefined }) },
    names: entry(1, 'notBefore'),
  },
  {
    what: 'a scope with a blank in it',
    env: { MCP_TOKENS: list({ ...good, scopes: ['documents read'] }) },
    names: entry(1, 'scopes'),
  },
  {
    what: 'a field that nobody knows',
    env: { MCP_TOKENS: list({ ...good, secret: 'plain-demo-secret' }) },
    names: entry(1, ''),
  },
  {
    what: 'one secret for two names',
    env: { MCP_TOKENS: list(good, { ...good, name: 'night' }) },
    names: text,
  },
  {
    what: 'a file that is not there',
    env: { MCP_TOKENS_FILE: join(home, 'nowhere.json') },
    names: byFile,
  },
  { what: 'a folder', env: { MCP_TOKENS_FILE: folder }, names: byFile },
  {
    what: 'a file that the group may read',
    env: { MCP_TOKENS_FILE: file(list(good), 0o640) },
    names: byFile,
  },
  {
    what: 'a file that everyone may read',
    env: { MCP_TOKENS_FILE: file(list(good), 0o604) },
    names: byFile,
  },
  {
    what: 'an empty file',
    env: { MCP_TOKENS_FILE: file('') },
    names: byFile,
  },
  {
    what: 'a file that was cut off',
    env: { MCP_TOKENS_FILE: file(list(good).slice(0, -3)) },
    names: byFile,
  },
  {
    what: 'a secret as an argument',
    env: { MCP_TOKENS: list(good) },
    args: ['--token', 'plain-demo-secret'],
    names: byFile,
  },
  {
    what: 'a port that is no number',
    env: { MCP_TOKENS: list(good), PORT: 'many' },
    names: /PORT/,
  },
  {
    what: 'an address of a network',
    env: { MCP_TOKENS: list(good), HOST: '0.0.0.0' },
    names: /HOST/,
  },
]

/** Starts the server with a mistake, and looks at how that ends. */
export async function expectRefusal(mistake: Mistake): Promise<void> {
  const { env, args = [], names } = mistake
  const { code, stdout, stderr, seconds } = await start(env, args)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^[^\n]+\.\n$/)
  expect(stderr).toMatch(names)
  expect(stderr).not.toMatch(content)
  // Two seconds on a quiet machine; several of these run side by side.
  expect(seconds).toBeLessThan(30)
}

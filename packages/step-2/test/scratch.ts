import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

/** The folder of the step. */
export const step = fileURLToPath(new URL('..', import.meta.url))
const tsx = ['--import', import.meta.resolve('tsx')]
const key = join(step, '.built/bin/key.js')
const main = [...tsx, join(step, 'src/main.ts')]

const folders: string[] = []
const running = new Set<ChildProcess>()
const lines = new WeakSet<ChildProcess>()
afterAll(async () => {
  for (const child of running) {
    const closed = once(child, 'close')
    send(child, 'SIGKILL')
    await closed
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** Whatever a shell has started is in the group that it leads. */
const send = (child: ChildProcess, signal: NodeJS.Signals) =>
  void process.kill((lines.has(child) ? -1 : 1) * (child.pid ?? 0), signal)

/** A folder that is gone when the file's tests are over. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guard-up-step-2-'))
  folders.push(folder)
  return folder
}

/** Sees to it that a process does not outlive the file's tests. */
function keepWatch(child: ChildProcess): ChildProcess {
  running.add(child)
  child.once('close', () => running.delete(child))
  return child
}

/** Our environment without what a learner may have set for the server. */
export function cleanEnv(env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const clean: NodeJS.ProcessEnv = { ...process.env, LC_ALL: 'C' }
  for (const name of Object.keys(clean)) {
    if (/^(MCP_|DOTENV_|npm_|NODE_OPTIONS|HOST$|PORT$)/.test(name)) {
      delete clean[name]
    }
  }
  return { ...clean, ...env }
}

/** What a command came to. */
export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

interface Call {
  /** The working directory, which holds the default file. */
  cwd: string
  env?: NodeJS.ProcessEnv
  /** What it reads from standard input. */
  input?: string
}

/** Starts `key`, as `compile.ts` made it. */
export function startKey(args: string[], { cwd, env }: Call): ChildProcess {
  return keepWatch(
    spawn(process.execPath, [key, ...args], {
      cwd,
      env: cleanEnv(env),
      stdio: ['pipe', 'pipe', 'pipe'],
    }),
  )
}

/** Runs `key` to its end. */
export function runKey(args: string[], call: Call): Promise<Outcome> {
  const child = startKey(args, call)
  child.stdin?.on('error', () => {}).end(call.input ?? '')
  return outcome(child)
}

/** What it printed and how it ended. */
export async function outcome(child: ChildProcess): Promise<Outcome> {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const [code] = await once(child, 'close')
  return { code, stdout, stderr }
}

/** The secret of a new caller. */
export async function mint(name: string, cwd: string): Promise<string> {
  const { stdout, stderr } = await runKey(['mint', name], { cwd })
  if (!stdout) throw new Error(stderr)
  return stdout.trim()
}

/** A server that a test started. */
export interface Server {
  url: string
  /** Everything that it has printed on standard error. */
  log(): string
  kill(signal: NodeJS.Signals): void
  /** Ends who reads its standard error. */
  stopReading(): void
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>
}

/** Starts the server in a folder. */
export function startServer(
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Server> {
  return watchServer(
    spawn(process.execPath, main, {
      cwd,
      env: cleanEnv({ PORT: '0', OFFICE_DIR: join(cwd, 'office'), ...env }),
    }),
  )
}

/** How the server is started, for a line of a shell. */
export const serverLine = `"${process.execPath}" ${main.join(' ')}`

/** Starts a line of a shell which ends in a server. */
export function startLine(
  line: string,
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Server> {
  const child = spawn('sh', ['-c', line], {
    cwd,
    env: cleanEnv({ PORT: '0', OFFICE_DIR: join(cwd, 'office'), ...env }),
    detached: true,
  })
  lines.add(child)
  return watchServer(child)
}

/** Runs a line of a shell to its end. */
export function runLine(line: string, cwd: string): Promise<Outcome> {
  const child = spawn('sh', ['-ec', line], {
    cwd,
    env: cleanEnv({ PORT: '0', OFFICE_DIR: join(cwd, 'office') }),
    detached: true,
  })
  lines.add(child)
  child.stdin.end()
  return outcome(keepWatch(child))
}

/** Waits for the URL that a server prints. */
async function watchServer(child: ChildProcess): Promise<Server> {
  let log = ''
  keepWatch(child)
  const ended = once(child, 'exit').then(([code, signal]) => signal ?? code)
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    log += text
  })
  const url = await new Promise<string>((resolve, reject) => {
    let stdout = ''
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      stdout += text
      const [url] = /^http\S+$/m.exec(stdout) ?? []
      if (url) resolve(url)
    })
    child.once('close', (code) =>
      reject(new Error(`It ended with ${code}.\n${stdout}${log}`)),
    )
  })
  return {
    url,
    log: () => log,
    kill: (signal) => send(child, signal),
    stopReading: () => void child.stderr?.destroy(),
    ended,
  }
}

/** The status of the answer to a ping with this secret. */
export async function ask(url: string, secret: string): Promise<number> {
  const response = await post(url, secret, { method: 'ping' })
  await response.arrayBuffer()
  return response.status
}

/** Calls a tool; a signal gives the call up. */
export const call = (
  url: string,
  secret: string,
  [name, given]: [tool: string, given: object],
  signal?: AbortSignal,
): Promise<Response> => {
  const params = { name, arguments: given }
  return post(url, secret, { method: 'tools/call', params }, signal)
}

const post = (
  url: string,
  secret: string,
  message: object,
  signal?: AbortSignal,
): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${secret}`,
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }),
    signal: signal ?? null,
  })

/** Milliseconds until `isSo`. */
export async function until(
  isSo: () => Promise<boolean> | boolean,
  timeoutMs = 10_000,
): Promise<number> {
  const start = performance.now()
  while (!(await isSo())) {
    if (performance.now() - start > timeoutMs) {
      throw new Error(`Not so within ${timeoutMs} ms.`)
    }
    await setTimeout(20)
  }
  return performance.now() - start
}

/** The entries of a file of tokens; throws when it is not whole. */
export function readEntries(
  file: string,
): { name: string; digest: string; expiresAt: string; scopes: string[] }[] {
  return JSON.parse(readFileSync(file, 'utf8'))
}

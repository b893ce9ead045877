import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  createSecret,
  findPort,
  openPair,
  type Pair,
  type StartedSubject,
  startSubject,
  stepFolder,
} from '@guard-up/lab'
import type { Grant } from 'guardcheck'
import { sendRequest } from '../../guardcheck/src/probe/wire.ts'
import { openRecorder, type Recorder } from './recorder.ts'

/** Where the clients of others live, with a lockfile of their own. */
const home = new URL('../../clients/', import.meta.url)
const folder = fileURLToPath(home)

/** Each client by its driver, and the package whose version counts. */
export const clients = {
  'sdk-v1': '@modelcontextprotocol/sdk',
  'sdk-v2': '@modelcontextprotocol/client',
  'ai-sdk': '@ai-sdk/mcp',
  langchain: '@langchain/mcp-adapters',
  'openai-agents': '@openai/agents',
  'mcp-client': 'mcp-client',
  'mcp-remote': 'mcp-remote',
  inspector: '@modelcontextprotocol/inspector',
} as const

/** Those that sign in only by themselves, or not at all. */
const takesNoProvider = ['mcp-client', 'mcp-remote', 'inspector']

export type ClientName = keyof typeof clients
export const clientNames = Object.keys(clients) as ClientName[]

/** What is tried, and at which steps there is something to try. */
export const cases = {
  none: [0, 1, 2, 3],
  wrong: [1, 2, 3],
  right: [0, 1, 2, 3],
  rotated: [2, 3],
  scope: [3],
  authority: [3],
  signIn: [3],
} as const

export type Case = keyof typeof cases

/** What came of one thing that was tried. */
export interface Seen {
  works: boolean
  /** What its user is told. */
  says?: string
  /** What it asked, and how it was answered. */
  asks: string[]
  /** Where it wants its user to sign in, with what the link carries. */
  leads?: string
}

/** What each client did, by step and by what was tried. */
export type Table = Record<string, Record<string, Partial<Record<Case, Seen>>>>

/** What was recorded of a run. */
export interface Recorded {
  recordedAt: string
  node: string
  versions: Record<string, string>
  clients: Table
}

export const recordFile = new URL(
  '../../../bench/clients.json',
  import.meta.url,
)

/** Installs the clients, as their lockfile says. */
export async function installClients(): Promise<void> {
  await promisify(execFile)(
    'npx',
    [
      ...['--prefer-offline', '-y', 'pnpm@12.21.0'],
      ...['--dir', folder, 'install', '--frozen-lockfile'],
    ],
    { cwd: folder, timeout: 300_000 },
  )
}

/** The versions of the clients, as installed. */
export function readVersions(): Record<string, string> {
  return Object.fromEntries(
    Object.values(clients).map((name) => {
      const file = new URL(`node_modules/${name}/package.json`, home)
      return [name, JSON.parse(readFileSync(file, 'utf8')).version]
    }),
  )
}

/** What a driver answers of something that failed. */
interface Failure {
  /** What its user is told, and the causes of that. */
  said: string[]
  links?: string[]
}

/** A process that drives one client. */
interface Driver {
  /** Answers what went wrong, if something did, and a number to go on with. */
  order(order: string, rest?: object): Promise<{ id: number; failed?: Failure }>
  stop(): Promise<void>
}

/** Milliseconds that a client has for one answer. */
const patience = 30_000

/** Ends each process that is not ended yet. */
const running = new Set<() => void>()
process.once('exit', () => {
  for (const kill of running) kill()
})

function startDriver(name: ClientName, authority?: string): Driver {
  const own = mkdtempSync(join(tmpdir(), 'guard-up-client-'))
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
  const child: ChildProcess = spawn(process.execPath, ['drive.js', name], {
    cwd: folder,
    env: {
      ...env,
      // Nothing that a person has configured or signed in to.
      HOME: own,
      MCP_REMOTE_CONFIG_DIR: own,
      NO_COLOR: '1',
      ...(authority && { NODE_EXTRA_CA_CERTS: authority }),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const kill = () => void child.kill('SIGKILL')
  running.add(kill)
  const waiting = new Map<number, (answer: { failed?: Failure }) => void>()
  let output = ''
  child.stderr?.on('data', (bytes) => {
    output += bytes
  })
  child.once('exit', () => {
    const failed = { said: [`The driver ended. ${output}`] }
    for (const answer of waiting.values()) answer({ failed })
  })
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { id, ...answer } = JSON.parse(line)
      waiting.get(id)?.(answer)
      waiting.delete(id)
    })
  }
  let last = 0
  return {
    async order(order, rest = {}) {
      last += 1
      const id = last
      const answered = new Promise<{ failed?: Failure }>((resolve) =>
        waiting.set(id, resolve),
      )
      child.stdin?.write(`${JSON.stringify({ id, order, ...rest })}\n`)
      const late = setTimeout(patience, undefined, { ref: false }).then(() => ({
        failed: { said: ['It never answered.'] },
      }))
      return { id, ...(await Promise.race([answered, late])) }
    },
    async stop() {
      running.delete(kill)
      if (child.exitCode === null) {
        child.stdin?.end()
        const ended = once(child, 'exit')
        const timer = globalThis.setTimeout(kill, 2_000)
        await ended
        clearTimeout(timer)
      }
      rmSync(own, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** A step that is served, and what a client may be given for it. */
interface Served {
  step: number
  subject: StartedSubject
  recorder: Recorder
  grants: Grant[]
  pair: Pair
}

/** Serves a step behind a recorder, which ends TLS for step 3. */
async function serveStep(step: number, pair: Pair): Promise<Served> {
  const recorder = await openRecorder(step === 3 ? pair : undefined)
  const port = await findPort()
  recorder.forward(port)
  const subject = await startSubject(stepFolder(step), {
    PORT: `${port}`,
    ...(step === 3 && {
      PUBLIC_URL: recorder.url.href,
      TRUSTED_PROXY: '127.0.0.1',
      TLS_KEY_FILE: '',
      TLS_CERT_FILE: '',
    }),
  })
  const reader = {
    name: 'reader',
    secret: createSecret(),
    scopes: [firstScope],
  }
  const rotating = clientNames.map((name) => ({
    ...reader,
    name,
    secret: createSecret(),
  }))
  const { keys } = subject.options
  const grants = [...(keys?.grants ?? []), reader, ...rotating]
  await keys?.replace(keys.format(grants))
  const served = { step, subject, recorder, grants, pair }
  if (step > 1) await untilAnswered(served, reader.secret, 200)
  return served
}

const firstScope = 'documents:read'

/** Waits until the server has read that a secret is good, or is not. */
async function untilAnswered(
  { step, subject, recorder, pair }: Served,
  secret: string,
  status: number,
): Promise<void> {
  const end = Date.now() + 5_000
  const headers: [string, string][] = [
    ['Authorization', `Bearer ${secret}`],
    ['Accept', 'application/json, text/event-stream'],
    ['Content-Type', 'application/json'],
  ]
  const body = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
  while (Date.now() < end) {
    const { response } = await sendRequest(
      subject.options.url,
      { method: 'POST', target: '/mcp', headers, body },
      { timeoutMs: 2_000, ca: pair.cert },
    )
    if (response?.status === status) return void (await recorder.take())
    await setTimeout(50)
  }
  throw new Error(`Step ${step} does not answer ${status} in five seconds.`)
}

const read = { tool: 'read_document', args: { path: '.' } }
const refund = {
  tool: 'issue_refund',
  args: { customer: 'C-1001', amount: 1, reason: 'a test' },
}

/** Tries one thing with one client at one step. */
async function attempt(
  it: Case,
  name: ClientName,
  served: Served,
  { trusting, wary }: { trusting: Driver; wary: Driver },
): Promise<Seen> {
  const { recorder, subject, grants } = served
  const secretOf = (who: string) =>
    grants.find((grant) => grant.name === who)?.secret
  const driver = it === 'authority' ? wary : trusting
  const token = {
    none: undefined,
    wrong: createSecret(),
    right: served.step > 1 ? secretOf('reader') : subject.options.token,
    rotated: secretOf(name),
    scope: secretOf('reader'),
    authority: secretOf('reader'),
    signIn: undefined,
  }[it]
  await recorder.take()
  const { id: as, failed: refused } = await driver.order('connect', {
    url: recorder.url.href,
    token,
    signIn: it === 'signIn',
  })
  if (refused) return tell(refused, served)
  let failed: Failure | undefined
  if (it === 'rotated') {
    failed = (await driver.order('call', { as, ...read })).failed
    if (failed) throw new Error(`${name} did not call: ${failed.said}`)
    await retire(name, served)
  }
  const wanted = it === 'scope' ? refund : read
  failed = (await driver.order('call', { as, ...wanted })).failed
  const seen = failed
    ? await tell(failed, served)
    : { works: true, asks: await recorder.take() }
  // What it does while it ends is no answer to what was tried.
  await driver.order('close', { as })
  return seen
}

/** Takes the secret of one caller away, and waits until that counts. */
async function retire(name: string, served: Served): Promise<void> {
  const old = served.grants.find((grant) => grant.name === name)
  const { keys } = served.subject.options
  served.grants = served.grants.filter((grant) => grant !== old)
  await keys?.replace(keys.format(served.grants))
  await untilAnswered(served, old?.secret ?? '', 401)
}

/** What a failure was, without what another run would change. */
async function tell(
  { said, links = [] }: Failure,
  { recorder, grants }: Served,
): Promise<Seen> {
  const text = grants.reduce(
    (rest, { secret }) => rest.replaceAll(secret, 'SECRET'),
    said.join(': ').trim(),
  )
  const seen = {
    works: false,
    says: text.replaceAll(/(127\.0\.0\.1):\d+/g, '$1'),
    asks: await recorder.take(),
  }
  const [link] = links.map((it) => new URL(it))
  if (!link) return seen
  const { pathname, searchParams } = link
  const resource = searchParams.get('resource') === recorder.url.href
  const leads = [pathname, searchParams.get('scope'), resource && 'resource']
  return { ...seen, leads: leads.filter(Boolean).join(' ') }
}

/** Drives each client against each step: one at a time at each of them. */
export async function driveClients(
  names: readonly ClientName[] = clientNames,
  steps: readonly number[] = [0, 1, 2, 3],
): Promise<Table> {
  const pair = await openPair()
  const table: Table = Object.fromEntries(names.map((name) => [name, {}]))
  const ends: (() => Promise<void>)[] = [pair.stop]
  try {
    const drivers = new Map(
      names.map((name) => {
        const both = {
          trusting: startDriver(name, pair.certFile),
          wary: startDriver(name),
        }
        ends.push(both.trusting.stop, both.wary.stop)
        return [name, both]
      }),
    )
    await Promise.all(
      steps.map(async (step) => {
        const served = await serveStep(step, pair)
        ends.push(served.subject.stop, served.recorder.close)
        for (const [name, both] of drivers) {
          const row: Partial<Record<Case, Seen>> = {}
          for (const it of caseNames) {
            if (!(cases[it] as readonly number[]).includes(step)) continue
            if (it === 'signIn' && takesNoProvider.includes(name)) continue
            row[it] = await attempt(it, name, served, both)
          }
          Object.assign(table[name] ?? {}, { [step]: row })
        }
      }),
    )
  } finally {
    for (const end of ends.reverse()) await end().catch(() => {})
  }
  return table
}

const caseNames = Object.keys(cases) as Case[]

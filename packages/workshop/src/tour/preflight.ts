import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { constants, existsSync, readdirSync, readFileSync } from 'node:fs'
import { access, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Language } from 'guardcheck'
import stringWidth from 'string-width'
import { callHonestly } from '../attack/effects.ts'
import { openTargets } from '../attack/target.ts'
import { root } from '../repository.ts'
import { NotServing } from '../step/failure.ts'
import type { Colors } from '../terminal/colors.ts'
import { pad, wrapProse } from '../terminal/lines.ts'
import { createTell } from '../terminal/tell.ts'
import { type Finding, finding, found, names } from './findings.ts'
import { words } from './words.ts'

/** What a check looks at, so that a test can show it another machine. */
export interface Machine {
  root: string
  env: NodeJS.ProcessEnv
  /** As in `process.versions.node`. */
  node: string
  platform: NodeJS.Platform
  /** Milliseconds since the epoch. */
  now: number
  /** Columns of the terminal; undefined without one. */
  columns: number | undefined
  colourful: boolean
  lang: Language
  ports: readonly number[]
}

/** The machine that this process runs on. */
export function readMachine(lang: Language, colors: Colors): Machine {
  return {
    root,
    env: process.env,
    node: process.versions.node,
    platform: process.platform,
    now: Date.now(),
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
    colourful: colors.isColorSupported,
    lang,
    ports: [3000, 3001, 3002, 3003],
  }
}

const run = promisify(execFile)

/** Looks at everything at once; the findings come in a fixed order. */
export async function inspectMachine(machine: Machine): Promise<Finding[]> {
  const findings = await Promise.all([
    inspectNode(machine),
    inspectNpm(machine),
    inspectGit(machine),
    inspectInstall(machine),
    inspectLoopback(),
    inspectPorts(machine),
    inspectDisk(machine),
    inspectPath(machine),
    inspectProxy(machine),
    inspectClock(machine),
    inspectTerminal(machine),
    { level: 'fine', what: names.language, said: found.languageIs } as const,
  ])
  // Without its packages a step cannot start, and would say so at length.
  const whole = findings[3]?.level !== 'stop'
  return whole ? [...findings, await inspectStep()] : findings
}

/**
 * Prints one line for each finding. Resolves with the exit status: 1 when
 * something would stop the workshop.
 */
export async function checkMachine(
  machine: Machine,
  {
    colors,
    width,
    print,
  }: { colors: Colors; width: number; print(text: string): void },
): Promise<number> {
  const { lang } = machine
  const tell = createTell(lang)
  const findings = await inspectMachine(machine)
  const marks = {
    fine: colors.green('✓'),
    note: colors.yellow('~'),
    stop: colors.red('✗'),
  }
  const whatWidth =
    2 + Math.max(...findings.map((f) => stringWidth(f.what[lang])))
  const lines = findings.flatMap(({ level, what, said, values }) =>
    wrapProse(tell(said, values), width - 4 - whatWidth).map((line, index) => {
      const head = index === 0 ? `${marks[level]} ` : '  '
      return `  ${head}${pad(index === 0 ? what[lang] : '', whatWidth)}${line}`
    }),
  )
  const stops = findings.some(({ level }) => level === 'stop')
  const notes = findings.some(({ level }) => level === 'note')
  const sum = stops
    ? colors.red(tell(words.machineStops))
    : tell(notes ? words.machineNotes : words.machineFine)
  const title = `${colors.bold('Guard Up')}  ${tell(words.machineTitle)}`
  print(`\n${title}\n\n${lines.join('\n')}\n\n  ${sum}\n`)
  return stops ? 1 : 0
}

function inspectNode({ root, node }: Machine): Finding {
  const { engines } = readJson(join(root, 'package.json'))
  const least = `${engines?.node ?? ''}`.replace(/^>=/, '')
  const old = compareVersions(node, least) < 0
  return old
    ? finding('stop', names.node, found.nodeOld, { version: node, least })
    : finding('fine', names.node, found.version, { version: node })
}

function compareVersions(a: string, b: string): number {
  const numbers = (version: string) => version.split('.').map(Number)
  const [left, right] = [numbers(a), numbers(b)]
  const index = right.findIndex((part, i) => part !== (left[i] ?? 0))
  return index < 0 ? 0 : (left[index] ?? 0) - (right[index] ?? 0)
}

async function inspectNpm({ env, platform }: Machine): Promise<Finding> {
  // On Windows npm is a script, which only a shell can run.
  const version = await readVersion('npm', env, platform === 'win32')
  return version
    ? finding('fine', names.npm, found.version, { version })
    : finding('stop', names.npm, found.npmMissing)
}

async function inspectGit({ env }: Machine): Promise<Finding> {
  const version = await readVersion('git', env)
  return version
    ? finding('fine', names.git, found.version, { version })
    : finding('stop', names.git, found.gitMissing)
}

async function readVersion(
  program: string,
  env: NodeJS.ProcessEnv,
  shell = false,
): Promise<string | undefined> {
  const options = { env, shell, timeout: 5000 }
  const answer = await run(program, ['--version'], options).catch(() => null)
  return /\d+(\.\d+)+/.exec(answer?.stdout ?? '')?.[0]
}

const hasLockfile = (folder: string) =>
  existsSync(join(folder, 'pnpm-lock.yaml'))

/** Every dependency of every package is there, in the version locked. */
function inspectInstall({ root }: Machine): Finding {
  const packages = readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name))
    .concat(root, join(root, 'lessons/exercises'))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    // One with a lockfile of its own is installed by whoever needs it.
    .filter((folder) => folder === root || !hasLockfile(folder))
  for (const folder of packages) {
    const { dependencies, devDependencies } = readJson(
      join(folder, 'package.json'),
    )
    for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
      if (existsSync(join(folder, 'node_modules', name, 'package.json'))) {
        continue
      }
      const values = { missing: name }
      return finding('stop', names.install, found.installPartial, values)
    }
  }
  const [wanted, installed] = [
    join(root, 'pnpm-lock.yaml'),
    join(root, 'node_modules/.pnpm/lock.yaml'),
  ].map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : ''))
  return wanted?.replaceAll('\r', '') === installed?.replaceAll('\r', '')
    ? finding('fine', names.install, found.installWhole)
    : finding('stop', names.install, found.installStale)
}

async function inspectLoopback(): Promise<Finding> {
  try {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    server.close()
    return finding('fine', names.loopback, found.loopbackOpen)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    return finding('stop', names.loopback, found.loopbackShut, { code })
  }
}

async function inspectPorts({ ports }: Machine): Promise<Finding> {
  const free = await Promise.all(ports.map(isFree))
  const taken = ports.filter((_port, index) => !free[index])
  return taken.length > 0
    ? finding('note', names.ports, found.portsTaken, {
        taken: taken.join(', '),
      })
    : finding('fine', names.ports, found.portsFree, { ports: ports.join(', ') })
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

async function inspectDisk({ root }: Machine): Promise<Finding> {
  let folder = tmpdir()
  try {
    const scratch = await mkdtemp(join(folder, 'guard-up-'))
    await writeFile(join(scratch, 'file'), 'text')
    await rm(scratch, { recursive: true })
    // Where a step that is started by hand keeps its ledger.
    folder = join(root, 'packages/office')
    await access(folder, constants.W_OK)
    return finding('fine', names.disk, found.diskOpen)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    return finding('stop', names.disk, found.diskShut, { folder, code })
  }
}

/** Leaves room for the longest path that the packages have below it. */
const maxWindowsPath = 80

function inspectPath({ root, platform }: Machine): Finding {
  const path = root.replace(/[\\/]$/, '')
  if (platform === 'win32' && path.length > maxWindowsPath) {
    return finding('note', names.path, found.pathLong, { path })
  }
  const plain = /^[\w./\\:~+@-]*$/.test(path)
  const said = plain ? found.pathPlain : found.pathOdd
  return finding('fine', names.path, said, { path })
}

function inspectProxy({ env }: Machine): Finding {
  const value = (name: string) => env[name] || env[name.toLowerCase()]
  const set = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].filter(value)
  // The content may hold a password, so only the names are said.
  const values = { names: set.join(', ') }
  if (set.length === 0) return finding('fine', names.proxy, found.proxyNone)
  const excluded = value('NO_PROXY')?.split(/[\s,]+/) ?? []
  const spared = ['127.0.0.1', '127.0.0.0/8', '*'].some((host) =>
    excluded.includes(host),
  )
  return spared
    ? finding('fine', names.proxy, found.proxyExcluded, values)
    : finding('note', names.proxy, found.proxyCatches, values)
}

/** Seconds that a clock may be behind whoever made the commit. */
const maxSkewSeconds = 300

async function inspectClock({ root, now, lang }: Machine): Promise<Finding> {
  const options = { cwd: root, timeout: 5000 }
  const log = await run('git', ['log', '-1', '--format=%ct'], options).catch(
    () => undefined,
  )
  const committed = Number(log?.stdout ?? 0) * 1000
  const { mtimeMs } = await stat(join(root, 'package.json'))
  const time = new Date(now).toLocaleString('sv-SE')
  const latest = Math.max(committed, mtimeMs)
  if (now >= latest - maxSkewSeconds * 1000) {
    return finding('fine', names.clock, found.clockSane, { time })
  }
  const mark = committed === latest ? found.lastCommit : found.newestFile
  const values = { time, mark: mark[lang] }
  return finding('note', names.clock, found.clockBehind, values)
}

function inspectTerminal({ columns, colourful, lang }: Machine): Finding {
  if (columns === undefined) {
    return finding('fine', names.terminal, found.terminalNone)
  }
  const colours = (colourful ? found.colours : found.noColours)[lang]
  return columns < 80
    ? finding('note', names.terminal, found.terminalNarrow, {
        columns,
        colours,
      })
    : finding('fine', names.terminal, found.terminalFits, { columns, colours })
}

/** The proof of all the rest: a step that starts and answers. */
async function inspectStep(): Promise<Finding> {
  const since = Date.now()
  try {
    const targets = await openTargets({ steps: [0] })
    try {
      const [target] = targets.list
      if (!target || !(await callHonestly(target))) {
        return finding('stop', names.step, found.stepRefuses)
      }
    } finally {
      await targets.close()
    }
    const seconds = ((Date.now() - since) / 1000).toFixed(1)
    return finding('fine', names.step, found.stepServes, { seconds })
  } catch (error) {
    if (!(error instanceof NotServing)) throw error
    const [line = ''] = error.output.trim().split('\n').slice(-1)
    const values = { step: error.step, line }
    return finding('stop', names.step, found.stepFails, values)
  }
}

function readJson(file: string) {
  return JSON.parse(readFileSync(file, 'utf8'))
}

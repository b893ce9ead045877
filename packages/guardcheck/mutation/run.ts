// Changes one thing at a time in the guard of step 3, and sees whether the
// suite notices: `npm run -s mutants`, or `npm run -s mutants scopes`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createPair } from '../test/pair.ts'
import { stepFolder } from '../test/subjects.ts'

const stryker = '@stryker-mutator/core@9.6.1'
const here = fileURLToPath(new URL('.', import.meta.url))
const built = fileURLToPath(
  new URL('../../../lessons/exercises/.built/', import.meta.url),
)

/** The properties that look at each file: enough to kill, and much faster. */
const concerned: Record<string, string> = {
  guard: '^(bearer|session)/|path-variants|challenge-',
  scopes: 'scope|batch|challenge|audit',
  tokens: '^(secret|rotation)/|wrong-401|uniform|compare|audit',
  edge: '^(transport|operation|tls)/|challenge-config|file-convention',
  oauth: '^(resource|operation)/|file-convention',
}

/** What Stryker says of one mutant, as far as it is told on. */
interface Mutant {
  status: string
  replacement: string
  location: { start: Place; end: Place }
}

interface Place {
  line: number
  column: number
}

/** One change of the code, as a reader finds it there. */
interface Change {
  file: string
  /** The line of code that it is in, without its indent. */
  on: string
  original: string
  replacement: string
}

/** A change that nobody outside can see, and why. */
interface Equivalent extends Change {
  why: string
}

/** Where a mutant is, in words that stay true when lines are added. */
function changeOf(file: string, source: string, mutant: Mutant): Change {
  const { start, end } = mutant.location
  const lines = source.split('\n')
  const inside = lines.slice(start.line - 1, end.line)
  const last = inside.length - 1
  inside[last] = `${inside[last]}`.slice(0, end.column - 1)
  inside[0] = `${inside[0]}`.slice(start.column - 1)
  const plain = (text: string) => text.replace(/\s+/g, ' ').trim()
  return {
    file,
    on: plain(lines[start.line - 1] ?? ''),
    original: plain(inside.join(' ')),
    replacement: plain(mutant.replacement),
  }
}

const isSame = (a: Change, b: Change) =>
  a.file === b.file &&
  a.on === b.on &&
  a.original === b.original &&
  a.replacement === b.replacement

/** Mutates one file in a copy of the step, and says what survived. */
async function mutate(file: string) {
  const folder = join(built, `mutated-${file}`)
  const report = join(folder, 'report.json')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const part of ['src', 'bin']) {
    await cp(join(stepFolder(3), part), join(folder, part), { recursive: true })
  }
  const judge = [join(here, 'judge.ts'), folder, join(folder, 'kills.json')]
  const words = ['node', '--import', 'tsx', ...judge, concerned[file] ?? '']
  const settings = {
    testRunner: 'command',
    commandRunner: { command: words.map((word) => `'${word}'`).join(' ') },
    inPlace: true,
    mutate: [`src/${file}.ts`],
    reporters: ['json', 'progress'],
    jsonReporter: { fileName: report },
    concurrency: 2,
    coverageAnalysis: 'off',
    checkers: [],
    plugins: [join(here, 'ignore.mjs')],
    ignorers: ['sentences'],
    // What is slow is not what hangs: the judge has deadlines of its own.
    timeoutMS: 120_000,
  }
  const config = join(folder, 'stryker.json')
  await writeFile(config, JSON.stringify(settings))
  const args = ['--prefer-offline', '-y', '-p', stryker, '--', 'stryker']
  const child = spawn('npx', [...args, 'run', config], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const end = () => child.kill('SIGTERM')
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  await once(child, 'exit')
  process.off('SIGINT', end)
  process.off('SIGTERM', end)
  const { files } = JSON.parse(await readFile(report, 'utf8'))
  const [only] = Object.values<{ mutants: Mutant[]; source: string }>(files)
  const { mutants = [], source = '' } = only ?? {}
  const changes = (...statuses: string[]) =>
    mutants
      .filter(({ status }) => statuses.includes(status))
      .map((mutant) => changeOf(file, source, mutant))
  return { seen: changes('Killed', 'Timeout'), unseen: changes('Survived') }
}

const chosen = process.argv.slice(2)
const files = chosen.length > 0 ? chosen : Object.keys(concerned)
for (const file of files) {
  if (concerned[file]) continue
  console.error(`There is no ${file}: ${Object.keys(concerned).join(', ')}.`)
  process.exit(2)
}
const pair = await createPair()
process.env.GUARDCHECK_KEY_FILE = pair.keyFile
process.env.NODE_EXTRA_CA_CERTS = pair.certFile
const list = new URL('equivalent.json', import.meta.url)
const equivalent: Equivalent[] = JSON.parse(await readFile(list, 'utf8'))
const shown = ({ on, original, replacement }: Change) =>
  `  ${on}\n    ${original} → ${replacement}`
let faults = 0
for (const file of files) {
  const { seen, unseen } = await mutate(file)
  const known = equivalent.filter((it) => it.file === file)
  const alive = unseen.filter((it) => !known.some((one) => isSame(one, it)))
  const stale = known.filter((it) => !unseen.some((one) => isSame(one, it)))
  faults += alive.length + stale.length
  const all = seen.length + alive.length
  const score = ((100 * seen.length) / all).toFixed(1)
  const listed = unseen.length - alive.length
  console.log(
    `\n${file}.ts: ${seen.length} of ${all} seen (${score} %), ${listed} equivalent`,
  )
  if (alive.length > 0) console.log('Not seen, and not listed as equivalent:')
  for (const change of alive) console.log(shown(change))
  if (stale.length > 0) console.log('Listed as equivalent, and seen or gone:')
  for (const change of stale) console.log(shown(change))
}
await pair.remove()
process.exitCode = faults > 0 ? 1 : 0

// Changes one thing at a time in the guard of step 3, and sees whether the
// suite notices: `npm run -s mutants`, or `npm run -s mutants scopes`. Then
// come the weaknesses that people thought up: `npm run -s mutants weaknesses`,
// or some of them, by name. With `-- --last` it tells anew of the last run,
// when the list of those that nobody can see has changed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openPair, stepFolder } from '../../lab/src/lab.ts'
import { table, writeWhole } from '../bench/table.ts'
import { listWeaknesses, readWeakness } from './weakness.ts'
import { forgetOthers, judgeWeaknesses, tellWeaknesses } from './weaknesses.ts'

const stryker = '@stryker-mutator/core@9.6.1'
const here = fileURLToPath(new URL('.', import.meta.url))
const built = fileURLToPath(
  new URL('../../../lessons/exercises/.built/', import.meta.url),
)

const list = new URL('equivalent.json', import.meta.url)
const scoreFile = new URL('score.json', import.meta.url)
const page = new URL('../MUTANTS.md', import.meta.url)

const folderOf = (file: string) => join(built, `mutated-${file}`)

/** The properties that look at each file: enough to kill, and much faster. */
const concerned: Record<string, string> = {
  guard: '^(bearer|session)/|path-variants|challenge-',
  scopes: 'scope|batch|challenge|audit',
  tokens: '^secret/(no-start|.*convention)|^rotation/(?!.*zero)|audit|compare',
  edge: '^transport/(origin|host|cors)|throttle|health|file-convention',
  oauth: '^resource/|audit|file-convention',
}

/** What Stryker says of one mutant, as far as it is told on. */
interface Mutant {
  status: string
  /** What the judge said of it. */
  statusReason?: string
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

/** Mutates one file in a copy of the step. */
async function mutate(file: string): Promise<void> {
  const folder = folderOf(file)
  const report = join(folder, 'report.json')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const part of ['src', 'bin']) {
    await cp(join(stepFolder(3), part), join(folder, part), { recursive: true })
  }
  // Kept for the next run, which asks first what saw the same change before.
  const memory = join(built, `kills-${file}.json`)
  const judge = [join(here, 'judge.ts'), folder, memory]
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
    // What npx starts ends with it only as a group.
    detached: true,
  })
  const end = () => child.pid && process.kill(-child.pid, 'SIGTERM')
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  await once(child, 'exit')
  process.off('SIGINT', end)
  process.off('SIGTERM', end)
}

/**
 * What the last run found about a file.
 * @throws {Error} when there was none, or the file has changed since
 */
async function readFound(file: string) {
  const report = join(folderOf(file), 'report.json')
  const { files } = JSON.parse(await readFile(report, 'utf8'))
  const [only] = Object.values<{ mutants: Mutant[]; source: string }>(files)
  const { mutants = [], source = '' } = only ?? {}
  const now = join(stepFolder(3), 'src', `${file}.ts`)
  if ((await readFile(now, 'utf8')) !== source) {
    throw new Error(`${file}.ts has changed since it was mutated.`)
  }
  const changes = (...statuses: string[]) =>
    mutants
      .filter(({ status }) => statuses.includes(status))
      .map((mutant) => changeOf(file, source, mutant))
  const promised = mutants.filter(({ status, statusReason = '' }) => {
    return status === 'Killed' && statusReason.includes(' as promised ')
  })
  return {
    seen: changes('Killed', 'Timeout').length,
    promised: promised.length,
    unseen: changes('Survived'),
  }
}

/** What was last found about one file. */
interface Score {
  date: string
  seen: number
  /** How many of those a promise of the step saw first. */
  promised: number
  unseen: number
  equivalent: number
}

/** The page that says what was found about all files. */
function tell(scores: Record<string, Score>): string {
  const rows = Object.keys(concerned).flatMap((file) => {
    const score = scores[file]
    return score ? [[file, score] as const] : []
  })
  const percent = (seen: number, unseen: number) =>
    `${((100 * seen) / (seen + unseen)).toFixed(1)} %`
  const sum = (key: 'seen' | 'unseen' | 'promised' | 'equivalent') =>
    rows.reduce((all, [, score]) => all + score[key], 0)
  const cells = (score: Omit<Score, 'date'>) => [
    `${score.seen}`,
    `${score.promised}`,
    `${score.unseen}`,
    percent(score.seen, score.unseen),
    `${score.equivalent}`,
  ]
  const all = {
    seen: sum('seen'),
    promised: sum('promised'),
    unseen: sum('unseen'),
    equivalent: sum('equivalent'),
  }
  const code = (text: string) => `\`\` ${text || ' '} \`\``
  return `# Does the suite notice a changed guard?

Written by \`npm run -s mutants\`; do not edit it.
Each change is one thing in the guard of step 3: a comparison turned round, a condition that always holds, a text that is gone.
It is seen when a property of the suite no longer holds, and the ones of a promise are those that a look at what step 3 promises beyond the property saw first ([promises.ts](test/promises.ts)).

${table(
  ['file', 'seen', 'of a promise', 'not seen', 'score', 'equivalent', 'date'],
  [
    ...rows.map(([file, score]) => [`${file}.ts`, ...cells(score), score.date]),
    ['all', ...cells(all), ''],
  ],
)}

## Equivalent changes

Nobody outside can see these; they count neither way.
One that is seen after all, or that is gone from the code, turns the run red.

${table(
  ['file', 'line', 'change', 'why'],
  equivalent.map(({ file, on, original, replacement, why }) => [
    `${file}.ts`,
    code(on),
    `${code(original)} → ${code(replacement)}`,
    why,
  ]),
)}

${tellWeaknesses(weaknesses)}`
}

const last = process.argv.includes('--last')
const chosen = process.argv.slice(2).filter((word) => word !== '--last')
const [kind, ...names] = chosen
const files = chosen.length > 0 ? chosen : Object.keys(concerned)
if (kind === 'weaknesses') files.length = 0
for (const file of files) {
  if (concerned[file]) continue
  const known = `${Object.keys(concerned).join(', ')}, weaknesses`
  console.error(`There is no ${file}: ${known}.`)
  process.exit(2)
}
const weaknesses = await Promise.all((await listWeaknesses()).map(readWeakness))
const asked = weaknesses.filter(({ name }) =>
  kind === 'weaknesses'
    ? names.length === 0 || names.includes(name)
    : chosen.length === 0,
)
for (const name of kind === 'weaknesses' ? names : []) {
  if (asked.some((weakness) => weakness.name === name)) continue
  console.error(`There is no weakness ${name}.`)
  process.exit(2)
}
const pair = await openPair()
process.env.GUARDCHECK_KEY_FILE = pair.keyFile
process.env.NODE_EXTRA_CA_CERTS = pair.certFile
const equivalent: Equivalent[] = JSON.parse(await readFile(list, 'utf8'))
const scores: Record<string, Score> = JSON.parse(
  await readFile(scoreFile, 'utf8').catch(() => '{}'),
)
const shown = ({ on, original, replacement }: Change) =>
  `  ${on}\n    ${original} → ${replacement}`
let faults = 0
for (const file of files) {
  if (!last) await mutate(file)
  const { seen, promised, unseen } = await readFound(file)
  const known = equivalent.filter((it) => it.file === file)
  const alive = unseen.filter((it) => !known.some((one) => isSame(one, it)))
  const stale = known.filter((it) => !unseen.some((one) => isSame(one, it)))
  faults += alive.length + stale.length
  const listed = unseen.length - alive.length
  scores[file] = {
    date: new Date().toISOString().slice(0, 10),
    seen,
    promised,
    unseen: alive.length,
    equivalent: listed,
  }
  writeWhole(scoreFile, `${JSON.stringify(scores, null, 2)}\n`)
  writeWhole(page, tell(scores))
  console.log(
    `\n${file}.ts: ${seen} seen, ${alive.length} not seen, ${listed} equivalent`,
  )
  if (alive.length > 0) console.log('Not seen, and not listed as equivalent:')
  for (const change of alive) console.log(shown(change))
  if (stale.length > 0) console.log('Listed as equivalent, and seen or gone:')
  for (const change of stale) console.log(shown(change))
}
forgetOthers(weaknesses)
for (const fault of last ? [] : await judgeWeaknesses(asked)) {
  faults += 1
  console.log(fault)
}
writeWhole(page, tell(scores))
await pair.stop()
process.exitCode = faults > 0 ? 1 : 0

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
  edge: '^(transport|operation|tls)/|challenge-config',
  oauth: '^(resource|operation)/',
}

/** What Stryker says of one mutant, as far as it is told on. */
interface Mutant {
  status: string
  mutatorName: string
  replacement?: string
  location: { start: { line: number } }
}

/** Mutates one file in a copy of the step, and says what survived. */
async function mutate(file: string): Promise<Mutant[]> {
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
  return Object.values<{ mutants: Mutant[] }>(files).flatMap((it) => it.mutants)
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
let survived = 0
for (const file of files) {
  const mutants = await mutate(file)
  const count = (...statuses: string[]) =>
    mutants.filter(({ status }) => statuses.includes(status))
  const alive = count('Survived')
  survived += alive.length
  const dead = count('Killed', 'Timeout').length
  console.log(`\n${file}.ts: ${dead} seen, ${alive.length} not seen`)
  for (const { mutatorName, replacement = '', location } of alive) {
    const text = replacement.replace(/\s+/g, ' ').slice(0, 50)
    console.log(`  ${location.start.line}  ${mutatorName}  ${text}`)
  }
}
await pair.remove()
process.exitCode = survived > 0 ? 1 : 0

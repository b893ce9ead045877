import { type ExecFileException, execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { alone, whyNotAlone } from '../../proof/test/broken.ts'
import { named, table, writeWhole } from '../bench/table.ts'
import { findOwnTest } from './own-tests.ts'
import { layWeakness, type Weakness } from './weakness.ts'

const packages = fileURLToPath(new URL('../../', import.meta.url))
const built = join(packages, '../lessons/exercises/.built')
// Kept for the next run, which asks first what saw most before.
const memory = join(built, 'kills-weaknesses.json')
const scoreFile = new URL('weaknesses.json', import.meta.url)

/** Servers that are judged at once: most of it is waiting. */
const concurrency = 2

/** What was last found about one weakness. */
export interface Finding {
  date: string
  /**
   * The look that saw it, or `test FILE: NAME` for a test of the package that
   * alone did; null when nothing did.
   */
  seenBy: string | null
}

type Findings = Record<string, Finding>

/** Before whom the servers of a base are judged, as judge.ts has them. */
const courts = {
  'step-2': ['step-2'],
  'step-3': ['step-3', 'step-3 and an issuer'],
  issuer: ['issuer'],
}

const readFindings = (): Findings => JSON.parse(readFileSync(scoreFile, 'utf8'))

function writeFindings(findings: Findings): void {
  const sorted = Object.fromEntries(Object.entries(findings).sort())
  writeWhole(scoreFile, `${JSON.stringify(sorted, null, 2)}\n`)
}

/** Forgets what was found about weaknesses that are gone. */
export function forgetOthers(weaknesses: Weakness[]): void {
  const names = weaknesses.map(({ name }) => name)
  const kept = Object.entries(readFindings()).filter(([name]) =>
    names.includes(name),
  )
  writeFindings(Object.fromEntries(kept))
}

/**
 * Judges weaknesses, and writes down what was found about each as soon as it
 * is; resolves with what is wrong, in sentences.
 */
export async function judgeWeaknesses(
  weaknesses: Weakness[],
): Promise<string[]> {
  const faults: string[] = []
  const rest = [...weaknesses]
  const work = async () => {
    for (let next = rest.shift(); next; next = rest.shift()) {
      const { name, equivalent } = next
      try {
        const seen = await findWhoSees(next)
        const findings = readFindings()
        const date = new Date().toISOString().slice(0, 10)
        findings[name] = { date, seenBy: seen?.look ?? null }
        writeFindings(findings)
        console.log(`${name}: ${seen ? seen.text : 'not seen'}`)
        if (!seen && !equivalent) faults.push(`${name} is not seen.`)
        if (seen && equivalent) {
          faults.push(`${name} is called equivalent, and ${seen.look} sees it.`)
        }
      } catch (error) {
        faults.push(`${name} was not judged: ${(error as Error).message}`)
        console.log(faults.at(-1))
      }
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return faults
}

/** What a judge saw: the look, and its whole sentence. */
interface Seen {
  look: string
  text: string
}

/**
 * Asks the families that a weakness names, then everything else, then the tests
 * of its package: some promises are its own, and no property of any server.
 * What saw it has to see it twice, and not in its base: a machine that is busy
 * can turn red what has nothing to do with it.
 * @throws {Error} when it cannot be laid, started or decided
 */
export async function findWhoSees(
  weakness: Weakness,
): Promise<Seen | undefined> {
  const { name, base, asks } = weakness
  const folder = join(built, `weak-${name}`)
  await layWeakness(weakness, folder)
  const parts = asks ? [asks, `^(?!.*(${asks}))`] : ['']
  const doubted: string[] = []
  for (const part of parts) {
    for (const court of courts[base]) {
      for (;;) {
        const others = `^(?!(${['-', ...doubted].join('|')})$)(?=.*(${part}))`
        const seen = await judge(weakness, folder, others, court)
        if (!seen) break
        const id = `${seen.look.split(' ')[0]}`
        const again = await judge(weakness, folder, `^${id}$`, court)
        if (again && (await isHeld(weakness, `^${id}$`, court))) return again
        doubted.push(id)
      }
    }
  }
  // What may listen beyond loopback is not started by tests in the open.
  const failed = weakness.network ? undefined : await findOwnTest(weakness)
  if (failed) {
    const look = `test ${failed.file}: ${failed.name}`
    return { look, text: look }
  }
  if (doubted.length === 0) return undefined
  const who = doubted.join(' and ')
  throw new Error(`${who} saw it once, and not again or in ${base} as well.`)
}

const held = new Set<string>()

/** Whether the base itself has a property: it is asked until it does, once. */
async function isHeld(
  { base, network }: Weakness,
  only: string,
  court: string,
): Promise<boolean> {
  const key = `${court} ${only}`
  if (held.has(key)) return true
  const folder = join(packages, base)
  if (await judge({ name: base, network }, folder, only, court)) return false
  held.add(key)
  return true
}

/** Has a server judged by a process of its own. */
async function judge(
  { name, network }: Pick<Weakness, 'name' | 'network'>,
  folder: string,
  only: string,
  court: string,
): Promise<Seen | undefined> {
  const obstacle = network && (await whyNotAlone())
  if (obstacle) throw new Error(obstacle)
  const script = ['--import', 'tsx', 'mutation/judge.ts']
  const words = [process.execPath, ...script, folder, memory, only, court]
  const [command = '', ...args] = network
    ? ['unshare', ...alone, ...words]
    : words
  const { code, output } = await run(command, args)
  if (code === 0) return undefined
  const text = output.trim().split('\n').at(-1) ?? ''
  const [, look] = /^(\S+\/\S+(?: as promised)?) /.exec(text) ?? []
  if (code === 1 && look) return { look, text }
  throw new Error(`${name} could not be judged. ${output}`)
}

const run = (command: string, args: string[]) =>
  new Promise<{ code: unknown; output: string }>((resolve) => {
    const done = (error: ExecFileException | null, out: string, err: string) =>
      resolve({ code: error ? error.code : 0, output: `${err}${out}` })
    const cwd = join(packages, 'guardcheck')
    const maxBuffer = 64 * 1024 * 1024
    execFile(command, args, { cwd, maxBuffer, timeout: 30 * 60_000 }, done)
  })

/** What was found about all of them, as a part of a page. */
export function tellWeaknesses(weaknesses: Weakness[]): string {
  const findings = readFindings()
  const rows = weaknesses.map((weakness) => ({
    ...weakness,
    finding: findings[weakness.name],
  }))
  type Row = (typeof rows)[number]
  const count = (is: (row: Row) => unknown) => rows.filter(is).length
  const seen = count(({ finding }) => finding?.seenBy)
  const by = (pattern: RegExp) =>
    count(({ finding }) => pattern.test(finding?.seenBy ?? ''))
  const promised = by(/ as promised$/)
  const tested = by(/^test /)
  const equivalent = count((row) => row.equivalent)
  const unseen = count((row) => row.finding?.seenBy === null && !row.equivalent)
  const unjudged = count(({ finding }) => !finding)
  const seenBy = ({ equivalent, finding }: Row) => {
    if (!finding) return 'not judged yet'
    const [, test] = /^test (.*)/.exec(finding.seenBy ?? '') ?? []
    if (test) return `the package's ${test}`
    const [id, ...promise] = finding.seenBy?.split(' ') ?? []
    if (id) return `${named([id])} ${promise.join(' ')}`.trim()
    return equivalent ? `equivalent: ${equivalent}` : '**not seen**'
  }
  return `## Weaknesses

Each of these is a small change that somebody might commit in an ordinary week, and that no tool would think of ([how they are kept](mutation/weaknesses/README.md)).
Of ${rows.length}, ${seen} are seen: ${seen - promised - tested} by a property, ${promised} first by a promise of the step, and ${tested} by a test of the package alone, for what it promises is its own; ${unseen} are not seen, and ${equivalent} are equivalent: nobody outside can see those.${unjudged ? ` ${unjudged} are not judged yet.` : ''}

${table(
  ['name', 'base', 'who gains what', 'seen by', 'date'],
  rows.map((row) => [
    row.name,
    row.base,
    row.says,
    seenBy(row),
    row.finding?.date ?? '',
  ]),
)}
`
}

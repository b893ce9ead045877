import { setTimeout } from 'node:timers/promises'
import { type Language, readLanguage, type Step } from 'guardcheck'
import { callHonestly } from '../attack/effects.ts'
import { attacks as allAttacks } from '../attack/list.ts'
import { type Attack, runAttack, type TourCell } from '../attack/run.ts'
import {
  openTargets,
  type Target,
  type TargetOptions,
  type Targets,
} from '../attack/target.ts'
import { openPage } from '../page/server.ts'
import { listSteps } from '../repository.ts'
import type { Colors } from '../terminal/colors.ts'
import type { Progress } from '../terminal/progress.ts'
import { untilAborted } from '../terminal/signals.ts'
import { common, createTell, listed, type Tell } from '../terminal/tell.ts'
import { drawTable, type Row } from './table.ts'
import { rotateUnderTraffic, type Traffic } from './traffic.ts'
import { words } from './words.ts'

/** How the tour is taken. */
export interface TourOptions extends TargetOptions {
  lang: Language
  colors: Colors
  /** Whether the steps go on running until `signal`. */
  stay: boolean
  /** Ends the tour at any moment. */
  signal: AbortSignal
  attacks?: readonly Attack[] | undefined
  /** Takes what is to be read, and stays. */
  print(text: string): void
  progress: Progress
}

/**
 * Runs the attacks against every step and prints the table. Resolves with
 * the exit status: 0 when every cell is as the series claims, 1 when not.
 * @throws {NotServing} when a step does not start, or ends by itself
 */
export async function runTour(options: TourOptions): Promise<number> {
  const { lang, colors, signal, print, progress, stay } = options
  const { steps = listSteps(), attacks = allAttacks } = options
  const tell = createTell(lang)
  const title = `${colors.bold('Guard Up')}  ${tell(words.title)}`
  const show = (now: string, cells: readonly TourCell[] = []) => {
    const rows = layRows(attacks, steps, cells, lang)
    const table = drawTable(steps, [rows], { lang, colors })
    progress.show(`\n${title}\n\n${table}\n\n  ${colors.dim(now)}\n`, now)
  }
  show(tell(words.starting, { steps: listed(steps, tell) }))
  const targets = await openTargets({ ...options, steps })
  const run = <T>(work: Promise<T>) =>
    untilAborted(signal, Promise.race([work, failing(targets)]))
  try {
    const tour = await collect(targets.list, { attacks, lang, run, show })
    const faults = compare(tour, attacks, tell)
    progress.clear()
    print(`\n${title}\n\n`)
    printTour(tour, faults, { ...options, attacks })
    if (stay) {
      const page = await openPage({ lang, seen: tour.cells })
      try {
        print(invite(targets.list, lang, tell, colors))
        print(`  ${tell(words.page)}\n  ${colors.bold(page.url.href)}\n`)
        await run(new Promise(() => {})).catch((error) => {
          if (!signal.aborted) throw error
        })
      } finally {
        await page.close()
      }
      print(`\n  ${tell(words.ended)}\n`)
    }
    return faults.length > 0 ? 1 : 0
  } finally {
    progress.clear()
    await targets.close()
  }
}

/** What a tour has seen; each list in the order of the steps. */
interface Tour {
  steps: Step[]
  cells: TourCell[]
  /** Whether an honest refund was served. */
  served: boolean[]
  ledgers: { text: string }[]
  /** What a rotation cost; undefined where a step has none. */
  traffics: (Traffic | undefined)[]
}

interface CollectOptions {
  attacks: readonly Attack[]
  lang: Language
  run<T>(work: Promise<T>): Promise<T>
  show(now: string, cells: readonly TourCell[]): void
}

/** Has everything happen, one thing after the other, at all steps at once. */
async function collect(
  targets: Target[],
  { attacks, lang, run, show }: CollectOptions,
): Promise<Tour> {
  const tell = createTell(lang)
  const cells: TourCell[] = []
  const atAll = <T>(work: (target: Target) => Promise<T>) =>
    run(Promise.all(targets.map(work)))
  for (const attack of attacks) {
    show(attack.title[lang], cells)
    const seen = await atAll(async (target) => {
      const outcome = await runAttack(attack, target)
      return { name: attack.name, step: target.step, ...outcome }
    })
    cells.push(...seen)
  }
  const served = await atAll(callHonestly)
  const ledgers = await atAll(countByWhom)
  const traffics = await atAll((target) =>
    rotateUnderTraffic(target, (traffic) => {
      if (traffic.sent % 50 !== 1) return
      show(tell(words.rotating, { ...traffic }), cells)
    }),
  )
  const steps = targets.map(({ step }) => step)
  return { steps, cells, served, ledgers, traffics }
}

/** Everything that is not as this series claims. */
function compare(
  { steps, cells, served, traffics }: Tour,
  attacks: readonly Attack[],
  tell: Tell,
): string[] {
  const differing = attacks.flatMap((attack) =>
    cells
      .filter(({ name }) => name === attack.name)
      .flatMap(({ step, breached }) => differs(attack, step, breached, tell)),
  )
  const refused = steps.filter((_step, column) => !served[column])
  const failed = steps.filter((_step, column) => traffics[column]?.failed)
  return [
    ...differing,
    ...refused.map((step) => tell(words.differsHonest, { step })),
    ...failed.map((step) => tell(words.differsTraffic, { step })),
  ]
}

/** Prints the table, what it means, and what is not as claimed. */
function printTour(
  { steps, cells, served, ledgers, traffics }: Tour,
  faults: readonly string[],
  {
    attacks,
    lang,
    colors,
    print,
  }: TourOptions & Pick<CollectOptions, 'attacks'>,
): void {
  const tell = createTell(lang)
  const rows = layRows(attacks, steps, cells, lang)
  const honest: Row = {
    title: tell(words.honest),
    cells: served.map((is) => (is ? 'served' : 'refused')),
  }
  const ledger: Row = { title: tell(words.ledger), cells: ledgers }
  const rotation: Row = {
    title: tell(words.rotation),
    cells: traffics.map((traffic) => ({
      text: traffic ? tell(words.traffic, { ...traffic }) : '–',
    })),
  }
  const facts = [honest, ledger]
  if (traffics.some((traffic) => traffic)) facts.push(rotation)
  print(drawTable(steps, [rows, facts], { lang, colors }))
  print(`\n\n  ${tell(words.legend)}\n`)
  if (rows.some(({ cells }) => cells.at(-1) === 'breached')) {
    print(`  ${tell(words.further)}\n`)
  }
  for (const [column, traffic] of traffics.entries()) {
    const step = steps[column] ?? 0
    if (traffic) print(`  ${tell(words.rotated, { step, ...traffic })}\n`)
  }
  if (faults.length > 0) {
    print(`\n  ${colors.red(tell(words.differs))}\n`)
    for (const fault of faults) print(`    ≠ ${fault}\n`)
  }
}

/** A row for each attack; without cells as long as it has not run. */
function layRows(
  attacks: readonly Attack[],
  steps: Step[],
  cells: readonly TourCell[],
  lang: Language,
): Row[] {
  return attacks.map(({ name, title }) => ({
    title: title[lang],
    cells: steps.map((step) => {
      const cell = cells.find(
        (cell) => cell.name === name && cell.step === step,
      )
      return cell && (cell.breached ? 'breached' : 'held')
    }),
  }))
}

/** Rejects when a step ends by itself. */
async function failing({ ended }: Targets): Promise<never> {
  const error = await ended
  // A Ctrl-C reaches the steps as well, and may be seen there first.
  await setTimeout(100)
  throw error
}

/** What is not as claimed about one attack at one step; at most one. */
function differs(
  { name, heldFrom }: Attack,
  step: Step,
  breached: boolean,
  tell: Tell,
): string[] {
  if (breached === step < heldFrom) return []
  const text = breached ? words.differsBreached : words.differsHeld
  return [tell(text, { name, step, from: heldFrom })]
}

/** Who issued the refunds of a step, and how many, by its ledger. */
async function countByWhom(target: Target): Promise<{ text: string }> {
  const counts = new Map<string, number>()
  for (const { by } of await target.readRefunds()) {
    counts.set(by, (counts.get(by) ?? 0) + 1)
  }
  const lines = [...counts].map(([by, count]) => `${by} × ${count}`)
  return { text: lines.join('\n') || '–' }
}

/** Where the steps are, and what to do with them. */
function invite(
  targets: Target[],
  lang: Language,
  tell: Tell,
  colors: Colors,
): string {
  // The locale may ask for another language than the reader does.
  const flag = lang === readLanguage(process.env) ? '' : ` --lang ${lang}`

  const last = targets.at(-1)?.step ?? 0
  const first = targets[0]
  const next = [
    [
      tell(words.nextAttack),
      `npm run attack 0 read-salaries${flag && ` --${flag}`}`,
    ],
    [tell(words.nextDiff, { step: last }), `npm run diff ${last}`],
    [
      tell(words.nextCheck),
      `npm run -s guardcheck -- ${first?.url.href}${flag}`,
    ],
  ]
  const lines = [
    '',
    tell(words.running),
    ...targets.map(
      ({ step, url }) => `  ${tell(common.step, { step })}   ${url.href}`,
    ),
    '',
    tell(words.next),
    ...next.flatMap(([what, command]) => [
      `  ${colors.bold(command ?? '')}`,
      `    ${colors.dim(what ?? '')}`,
    ]),
    '',
    tell(words.untilInterrupted),
    '',
  ]
  return lines.map((line) => (line ? `  ${line}\n` : '\n')).join('')
}

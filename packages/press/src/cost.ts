import { join } from 'node:path'
import { type Results, readResults } from '@guard-up/bench/results'
import { groups, type Row } from '@guard-up/bench/rows'
import stringWidth from 'string-width'
import type { Language } from './lesson.ts'
import { root } from './steps.ts'

const words = {
  en: {
    measured: 'measured',
    figure: 'median (of each eighth)',
    goal: 'goal',
    missed: ', missed',
    close: ', too close to tell',
    skipped: 'not measured here',
    bytes: ' bytes',
    recorded: (date: string, machine: string, loads: string) =>
      `Recorded on ${date} (UTC) by \`npm run bench\` on ${machine}; load ${loads} as it began.`,
  },
  ja: {
    measured: '測ったもの',
    figure: '中央値（8分の1ごと）',
    goal: '目標',
    missed: '（未達）',
    close: '（判別できず）',
    skipped: 'ここでは測っていない',
    bytes: 'バイト',
    recorded: (date: string, machine: string, loads: string) =>
      `${date}（UTC）に、${machine}で\`npm run bench\`を実行した記録です。始めたときの負荷は${loads}でした。`,
  },
}

/**
 * What the last recorded run measured, as a table, and where and when.
 * @throws {Error} when nothing was recorded
 */
export function tellCost(language: Language, folder = root): string {
  const file = join(folder, 'bench/results.json')
  const results = readResults(file)
  if (!results) throw new Error('bench/results.json is not there.')
  const { measured, figure, goal, recorded } = words[language]
  const dates = Object.values(results.runs).map(({ recordedAt }) =>
    recordedAt.slice(0, 10),
  )
  const loads = Object.values(results.runs).map(({ load }) => load)
  const cells = groups.flatMap((group) => {
    const rows = group.rows.flatMap((row) => {
      const told = tellRow(row, results, language)
      return told
        ? [[row.words[language], told, tellGoal(row, results, language)]]
        : []
    })
    return rows.length > 0
      ? [[`**${group.words[language]}**`, '', ''], ...rows]
      : []
  })
  const date = range(dates)
  const load = range(loads.map((one) => one.toFixed(2)))
  return [
    `${recorded(date, results.machine, load)}\n\n`,
    tellTable([[measured, figure, goal], ...cells]),
  ].join('')
}

/** A table as the formatter leaves it: its columns stand below each other. */
export function tellTable([head = [], ...rows]: string[][]): string {
  const widths = head.map((_, at) =>
    Math.max(...[head, ...rows].map((row) => stringWidth(row[at] ?? ''))),
  )
  const pad = (cell: string, at: number) =>
    cell + ' '.repeat((widths[at] ?? 0) - stringWidth(cell))
  const rule = widths.map((width) => '-'.repeat(width))
  return [head, rule, ...rows]
    .map((row) => `| ${row.map(pad).join(' | ')} |\n`)
    .join('')
}

/** The first and the last, or the only one. */
function range(values: string[]): string {
  const sorted = values.toSorted((a, b) => Number(a > b) - Number(a < b))
  return [...new Set([sorted[0], sorted.at(-1)])].join('–')
}

function tellRow(
  { id, unit, goal }: Row,
  { ratios, counts, skipped }: Results,
  language: Language,
): string | undefined {
  const ratio = ratios[id]
  if (ratio) {
    const [median, low, high] = [ratio.median, ratio.low, ratio.high].map(
      (it) =>
        // As exact as what is wanted of it.
        it.toFixed(goal && 'atMost' in goal && goal.atMost < 1 ? 3 : 2),
    )
    return language === 'ja'
      ? `${median}（${low}〜${high}）`
      : `${median} (${low} to ${high})`
  }
  const count = counts[id]
  if (count === undefined) {
    return id in skipped ? words[language].skipped : undefined
  }
  const text = count.toLocaleString('en-US', { maximumFractionDigits: 1 })
  if (unit === 'bytes') return text + words[language].bytes
  return unit ? `${text} ${unit}` : text
}

/** What was wanted, and whether it was missed, as far as the run can tell. */
function tellGoal(
  { id, goal }: Row,
  { ratios, counts }: Results,
  language: Language,
): string {
  if (!goal) return ''
  const { close, missed } = words[language]
  const count = counts[id] ?? Number.NaN
  const found = ratios[id] ?? { median: count, low: count, high: count }
  const [sign, wanted, best, reaches] =
    'atLeast' in goal
      ? ['≥', goal.atLeast, found.high, (it: number) => it >= goal.atLeast]
      : ['≤', goal.atMost, found.low, (it: number) => it <= goal.atMost]
  const told = `${sign} ${wanted.toLocaleString('en-US')}`
  if (reaches(found.median)) return told
  return told + (reaches(best) ? close : missed)
}

import Table from 'cli-table3'
import type { Language, Step } from 'guardcheck'
import type { Colors } from '../terminal/colors.ts'
import { common, createTell, stepNames } from '../terminal/tell.ts'
import { words } from './words.ts'

/** What came of one attack at each step; undefined where it still runs. */
export interface Row {
  title: string
  cells: (Cell | undefined)[]
}

export type Cell = 'breached' | 'held' | 'served' | 'refused' | { text: string }

const { breached, held } = common
const verdicts = {
  breached,
  held,
  served: words.served,
  refused: words.refused,
}

const columns = 80
const indent = '  '
/** Columns for the title, with the gap behind it. */
const titleWidth = 34

/** The table of the tour; every word that has a colour also has a sign. */
export function drawTable(
  steps: Step[],
  sections: Row[][],
  { lang, colors }: { lang: Language; colors: Colors },
): string {
  const tell = createTell(lang)
  const free = columns - indent.length - titleWidth
  const widths = [
    titleWidth,
    ...steps.map(() => Math.min(14, Math.floor(free / steps.length))),
  ]
  const show = (cell: Cell | undefined) => {
    if (cell === undefined) return colors.dim(tell(words.pending))
    if (typeof cell === 'object') return cell.text
    const colour =
      cell === 'breached' || cell === 'refused' ? colors.red : colors.green
    return colour(tell(verdicts[cell]))
  }
  const head = [
    [
      colors.bold(tell(words.attack)),
      ...steps.map((step) => colors.bold(tell(common.step, { step }))),
    ],
    ['', ...steps.map((step) => colors.dim(tell(stepNames[step])))],
  ]
  const bodies = sections.map((rows) =>
    rows.map(({ title, cells }) => [title, ...cells.map(show)]),
  )
  const rule = colors.dim('─'.repeat(widths.reduce((a, b) => a + b)))
  return [head, ...bodies]
    .map((rows) => layOut(rows, widths))
    .join(`\n${indent}${rule}\n`)
}

/** Rows in columns, without a frame. */
function layOut(rows: string[][], widths: number[]): string {
  const frame = Object.fromEntries(
    ['top', 'bottom', 'left', 'right', 'mid']
      .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
      .concat('top-mid', 'bottom-mid', 'left-mid', 'mid-mid', 'middle')
      .map((name) => [name, '']),
  )
  const table = new Table({
    colWidths: widths,
    chars: { ...frame, left: indent },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  table.push(...rows)
  return table.toString().replace(/ +$/gm, '')
}

import { join } from 'node:path'
import { faultRows, readFaults } from '@guard-up/bench/fault-rows'
import { tellTable } from './cost.ts'
import type { Language } from './lesson.ts'
import { root } from './steps.ts'

const words = {
  en: {
    happens: 'what happens',
    came: 'what comes of it',
    failed: 'calls that failed',
    of: (failed: string, calls: string) => `${failed} of ${calls}`,
    recorded: (date: string, machine: string, load: number) =>
      `Recorded on ${date} (UTC) by \`npm run faults\` on ${machine}; load ${load} as it began.`,
  },
  ja: {
    happens: '起きること',
    came: 'その結果',
    failed: '失敗した呼び出し',
    of: (failed: string, calls: string) => `${calls}回中${failed}回`,
    recorded: (date: string, machine: string, load: number) =>
      `${date}（UTC）に、${machine}で\`npm run faults\`を実行した記録です。始めたときの負荷は${load}でした。`,
  },
}

/**
 * What the last recorded bad days of step 3 came to, as a table.
 * @throws {Error} when nothing was recorded
 */
export function tellFaults(language: Language, folder = root): string {
  const { recordedAt, machine, load, faults } = readFaults(
    join(folder, 'bench/faults.json'),
  )
  const { happens, came, failed, of, recorded } = words[language]
  const count = (it: number) => it.toLocaleString('en-US')
  const rows = faultRows.map((row) => {
    const figures = faults[row.id] ?? {}
    const { calls } = figures
    const lost = figures.failed ?? figures.cut ?? 0
    return [
      row.words[language],
      row.came[language](figures),
      calls === undefined ? '' : of(count(lost), count(calls)),
    ]
  })
  return [
    `${recorded(recordedAt.slice(0, 10), machine, load)}\n\n`,
    tellTable([[happens, came, failed], ...rows]),
  ].join('')
}

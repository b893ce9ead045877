import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Language } from 'guardcheck'
import stringWidth from 'string-width'
import { expect } from 'vitest'
import { attacks } from '../src/attack/list.ts'
import { listSteps, root } from '../src/repository.ts'
import { common } from '../src/terminal/tell.ts'
import { words } from '../src/tour/words.ts'
import { esc, runWorkshop } from './run.ts'

/** The columns of the table's row that begins with a title. */
export function readRow(text: string, title: string): string[] {
  const line = text.split('\n').find((line) => line.trim().startsWith(title))
  return (line ?? '')
    .trim()
    .slice(title.length)
    .trim()
    .split(/ {2,}| (?=[✗✓])/)
}

const readLines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')

/** The table as the README shows it. */
function readTable(lang: Language): string[] {
  const file = lang === 'ja' ? 'README.ja.md' : 'README.md'
  const text = readFileSync(join(root, file), 'utf8')
  const [, fence = ''] = /^```text\n(\s*Guard Up.*?)^```/ms.exec(text) ?? []
  return readLines(fence)
}

/** The lines that are wider than a terminal. */
export const wide = (text: string) =>
  text.split('\n').filter((line) => stringWidth(line) > 80)

/** Takes the whole tour, and holds its table against that of the README. */
export async function expectTour(
  lang: Language,
  locale: string,
): Promise<void> {
  const { code, stdout, stderr } = await runWorkshop(['tour'], {
    LANG: locale,
  })
  expect(stderr).toContain(attacks[0]?.title[lang])
  expect(code, stdout).toBe(0)
  const printed = readLines(stdout)
  const shown = readTable(lang)
  // At least one line, or a text without the table would pass.
  const table = printed.slice(0, Math.max(shown.length, 1))
  expect(table).toEqual(shown)
  for (const { title, heldFrom } of attacks) {
    const claimed = listSteps().map((step) =>
      step < heldFrom ? common.breached[lang] : common.held[lang],
    )
    expect(readRow(stdout, title[lang])).toEqual(claimed)
  }
  const served = words.served[lang]
  expect(readRow(stdout, words.honest[lang])).toEqual(
    listSteps().map(() => served),
  )
  expect(readRow(stdout, words.ledger[lang]).join(' ')).toMatch(
    /^nobody × [1-9]\d* shared × [1-9]\d* desk × [1-9]\d* alice × [1-9]\d*$/,
  )
  const [, , ...traffics] = readRow(stdout, words.rotation[lang])
  for (const traffic of traffics) {
    expect(traffic).toMatch(/^(0 failed|失敗0件)$/)
  }
  expect(wide(`${stdout}\n${stderr}`)).toEqual([])
  expect(`${stdout}${stderr}`).not.toContain(esc)
}

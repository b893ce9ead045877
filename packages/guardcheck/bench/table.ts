import { renameSync, writeFileSync } from 'node:fs'

/** Puts a text into a file, whole or not at all. */
export function writeWhole(file: URL, text: string): void {
  const temporary = new URL(`${file.href}.new`)
  writeFileSync(temporary, text)
  renameSync(temporary, file)
}

/** A table in Markdown, its columns as wide as they have to be. */
export function table(head: string[], rows: string[][]): string {
  const all = [head, ...rows].map((row) =>
    row.map((cell) => cell.replaceAll('|', '\\|')),
  )
  const widths = head.map((_, i) =>
    Math.max(3, ...all.map((row) => row[i]?.length ?? 0)),
  )
  const line = (cells: string[]) =>
    `| ${widths.map((width, i) => (cells[i] ?? '').padEnd(width)).join(' | ')} |`
  const [first = [], ...others] = all
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(first), rule, ...others.map(line)].join('\n')
}

/** Properties as they stand in a cell. */
export const named = (ids: string[]): string =>
  ids.map((id) => `\`${id}\``).join(', ')

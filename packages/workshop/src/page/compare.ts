import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { diffLines } from 'diff'
import type { Step } from 'guardcheck'
import { folderOf, root } from '../repository.ts'
import { highlight, type Piece } from './highlight.ts'

/** One file of two steps, line by line. */
export interface Compared {
  file: string
  state: 'added' | 'removed' | 'changed' | 'unchanged'
  added: number
  deleted: number
  lines: Line[]
}

/** A line with its number in each of the steps that have it. */
export type Line = [
  sign: ' ' | '+' | '-',
  from: number,
  to: number,
  text: Piece[],
]

/** Every file of two steps, in the order in which the diff is told. */
export async function compareSteps(from: Step, to: Step): Promise<Compared[]> {
  const [before, after] = [readSources(from), readSources(to)]
  const names = [...new Set([...after.keys(), ...before.keys()])]
  const order = readOrder()
  const rank = (name: string) => {
    const place = order.indexOf(name)
    return place < 0 ? order.length : place
  }
  const compared = await Promise.all(
    names.map((file) => compareTexts(file, before.get(file), after.get(file))),
  )
  return compared.sort(
    (a, b) =>
      Number(a.state === 'unchanged') - Number(b.state === 'unchanged') ||
      rank(a.file) - rank(b.file) ||
      a.file.localeCompare(b.file),
  )
}

async function compareTexts(
  file: string,
  before?: string,
  after?: string,
): Promise<Compared> {
  const [old, fresh] = await Promise.all(
    [before, after].map((text) => highlight(text ?? '', 'typescript')),
  )
  const lines: Line[] = []
  let [left, right, added, deleted] = [0, 0, 0, 0]
  for (const part of diffLines(before ?? '', after ?? '')) {
    for (const text of part.value.replace(/\n$/, '').split('\n')) {
      if (!part.added) left += 1
      if (!part.removed) right += 1
      added += Number(part.added)
      deleted += Number(part.removed)
      const sign = part.added ? '+' : part.removed ? '-' : ' '
      const pieces = part.removed ? old?.[left - 1] : fresh?.[right - 1]
      lines.push([
        sign,
        part.added ? 0 : left,
        part.removed ? 0 : right,
        pieces ?? [text],
      ])
    }
  }
  const changes = added + deleted > 0
  const state =
    before === undefined
      ? 'added'
      : after === undefined
        ? 'removed'
        : changes
          ? 'changed'
          : 'unchanged'
  return { file, state, added, deleted, lines }
}

/** The source of a step, by the name of the file. */
function readSources(step: Step): Map<string, string> {
  const folder = join(folderOf(step), 'src')
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'))
  return new Map(
    files
      .sort()
      .map((file) => [file, readFileSync(join(folder, file), 'utf8')]),
  )
}

/** The names in .difforder, which git reads as well. */
function readOrder(): string[] {
  const text = readFileSync(join(root, '.difforder'), 'utf8')
  return text.split('\n').map((line) => line.replace(/^\*\//, ''))
}

import { tell } from './claims.ts'
import type { Fence, Lesson } from './lesson.ts'
import { readSource } from './source.ts'
import { root } from './steps.ts'
import type { Stage } from './transcript.ts'

/** How a lesson is woven. */
export interface WeaveOptions {
  /** Where exchanges and commands are run; without one they stay. */
  stage?: Stage | undefined
  /** The folder that holds everything. */
  folder?: string
}

/**
 * The text of a lesson with everything bound put in anew; the rest stays byte
 * by byte. What cannot be put in stays as well, and is a fault.
 */
export async function weave(
  lesson: Lesson,
  lessons: Lesson[],
  { stage, folder = root }: WeaveOptions = {},
): Promise<{ text: string; faults: string[] }> {
  const faults: string[] = []
  const edits: { start: number; end: number; content: string }[] = []
  const attempt = async (
    { line, start, end }: { line: number; start: number; end: number },
    make: () => string | Promise<string>,
  ) => {
    try {
      edits.push({ start, end, content: await make() })
    } catch (error) {
      faults.push(`${lesson.file}:${line}: ${(error as Error).message}`)
    }
  }
  for (const fence of lesson.fences) {
    if (!fence.binding) continue
    await attempt(fence, () => fill(fence, stage, folder))
  }
  for (const table of lesson.tables) {
    await attempt(table, () => `\n${tell(table, lesson, lessons, folder)}\n`)
  }
  const text = edits
    .sort((a, b) => b.start - a.start)
    .reduce(
      (rest, { start, end, content }) =>
        rest.slice(0, start) + content + rest.slice(end),
      lesson.text,
    )
  return { text, faults }
}

async function fill(
  { binding, content }: Fence,
  stage: Stage | undefined,
  folder: string,
): Promise<string> {
  if (!binding) return content
  if (binding.kind === 'source') {
    const source = outdent(readSource(binding.to, folder))
    return binding.numbered ? number(source) : source
  }
  return stage ? stage.show(binding, content) : content
}

/** Moves a quotation from within a declaration to the left. */
function outdent(text: string): string {
  const depth = /^ */.exec(text)?.[0].length ?? 0
  return depth ? text.replaceAll(new RegExp(`^ {${depth}}`, 'gm'), '') : text
}

/** Puts its number before each line. */
function number(text: string): string {
  const lines = text.trimEnd().split('\n')
  const wide = `${lines.length}`.length
  return lines
    .map((line, at) => `${`${at + 1}`.padStart(wide)}  ${line}`.trimEnd())
    .join('\n')
    .concat('\n')
}

import {
  applyPatch,
  formatPatch,
  type StructuredPatch,
  structuredPatch,
} from 'diff'

/** Text files by their path in a package, such as `src/oauth.ts`. */
export type Sources = Map<string, string>

/** What stands in a patch for the file that is not there yet. */
const nothing = '/dev/null'

/**
 * Applies a patch of one file. Undefined when a hunk fits nowhere, or in more
 * places than one: it would go where nobody meant it.
 */
export function applyTo(
  sources: Sources,
  patch: StructuredPatch,
): string | undefined {
  const { oldFileName, newFileName: file = '' } = patch
  if (sources.has(file) === (oldFileName === nothing)) return undefined
  const text = sources.get(file) ?? ''
  const lines = text.split('\n')
  const fits = patch.hunks.every((hunk) => {
    const old = hunk.lines
      .filter((line) => /^[- ]/.test(line))
      .map((line) => line.slice(1))
    const places = lines.filter((_, at) =>
      old.every((line, offset) => lines[at + offset] === line),
    )
    return places.length === 1
  })
  const applied = fits && applyPatch(text, patch)
  return applied === false ? undefined : applied
}

/**
 * The patch that leads from one set of files to another; empty when nothing
 * differs.
 * @throws {Error} when a file has vanished
 */
export function createPatch(before: Sources, after: Sources): string {
  for (const file of before.keys()) {
    if (!after.has(file))
      throw new Error(`${file} is gone: files never vanish.`)
  }
  const patches = [...after.keys()]
    .filter((file) => after.get(file) !== before.get(file))
    .sort()
    .map((file) => patchFile(file, before, after))
  return formatPatch(patches).replace(/^(Index: .*\n)?=+\n/gm, '')
}

/** Two lines around each change, or as many more as make its place certain. */
function patchFile(
  file: string,
  before: Sources,
  after: Sources,
  context = 2,
): StructuredPatch {
  const old = before.has(file) ? file : nothing
  const [text = '', changed = ''] = [before.get(file), after.get(file)]
  const headers = [undefined, undefined] as const
  const patch = structuredPatch(old, file, text, changed, ...headers, {
    context,
  })
  return applyTo(before, patch) === changed
    ? patch
    : patchFile(file, before, after, context + 1)
}

/**
 * Both of two changes of a text, if they change no line in common. Unlike to
 * git, a change right beside another is in no conflict with it.
 */
export function combine(
  before: string,
  ...changed: string[]
): string | undefined {
  const edits = changed
    .flatMap((text) => {
      const options = { context: 0 }
      const headers = [undefined, undefined] as const
      return structuredPatch('', '', before, text, ...headers, options).hunks
    })
    .map(({ oldStart, oldLines, lines }) => ({
      from: oldStart - 1,
      to: oldStart - 1 + oldLines,
      lines: lines.filter((line) => line.startsWith('+')),
    }))
    .sort((a, b) => a.from - b.from || a.to - b.to)
  const apart = edits.every((edit, at) => {
    const next = edits[at + 1]
    if (next === undefined) return true
    return edit.to <= next.from && (edit.from < next.from || edit.to < next.to)
  })
  if (!apart) return undefined
  const lines = before.split('\n')
  for (const { from, to, lines: added } of edits.reverse()) {
    lines.splice(from, to - from, ...added.map((line) => line.slice(1)))
  }
  return lines.join('\n')
}

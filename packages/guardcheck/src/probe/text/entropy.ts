/** Fewer ids than these say nothing about how they are made. */
export const leastIds = 16

/**
 * How many bits of an id nobody can foresee, at most, judged by ids in the
 * order in which they were minted: what stays the same and what only rises
 * counts for nothing, and the rest for as much as its alphabet can hold.
 */
export function estimateBits(ids: readonly string[]): number {
  const length = Math.max(...ids.map((id) => id.length))
  const columns: string[][] = []
  for (let at = risingLength(ids, length); at < length; at += 1) {
    const seen = new Set(ids.map((id) => id[at] ?? ''))
    if (seen.size > 1) columns.push([...seen])
  }
  const most = Math.log2(alphabetOf(columns.flat().join('')))
  const bits = columns.map(({ length: seen }) =>
    // A column of few values, such as a UUID's variant, holds no more.
    seen > ids.length / 4 ? most : Math.min(most, Math.log2(seen)),
  )
  return bits.reduce((sum, more) => sum + more, 0)
}

/** The length of the beginning that rises from one id to the next. */
function risingLength(ids: readonly string[], length: number): number {
  for (let end = 1; end <= length; end += 1) {
    const starts = ids.map((id) => id.slice(0, end))
    const pairs = starts.slice(1).map((start, i) => [starts[i] ?? '', start])
    if (pairs.some(([before = '', start = '']) => before > start))
      return end - 1
    // Once each is above the last, what follows rises by itself.
    if (pairs.every(([before = '', start = '']) => before < start)) return end
  }
  return length
}

/** How many characters there are of the kinds that a text is made of. */
function alphabetOf(text: string): number {
  const kinds: [pattern: RegExp, size: number][] = [
    [/^\d*$/, 10],
    [/^([\da-f]*|[\dA-F]*)$/, 16],
    [/^([\da-z]*|[\dA-Z]*)$/, 36],
    [/^[\dA-Za-z]*$/, 62],
    [/^([\w-]*|[\dA-Za-z+/=]*)$/, 64],
  ]
  return kinds.find(([pattern]) => pattern.test(text))?.[1] ?? 94
}

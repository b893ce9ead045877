/** A refusal that the caller of a tool may read: no path, no stack in it. */
export class OfficeError extends Error {}

const unseen = /[\p{C}\p{Zl}\p{Zp}]/gu

/** What the caller sent, fit for a message: bounded, and nothing unseen. */
export function quote(text: string): string {
  // By code point, so that the cut never halves a character.
  const points = [...text.slice(0, 160)]
  const short = points.length > 80 ? `${points.slice(0, 80).join('')}…` : text
  return showUnseen(JSON.stringify(short))
}

/** The same JSON, with every control, format and line character escaped. */
export function showUnseen(json: string): string {
  return json.replace(unseen, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  )
}

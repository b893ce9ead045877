/** A refusal that the caller of a tool may read: no path, no stack in it. */
export class OfficeError extends Error {}

/** Refuses what somebody asked who does not wait for it any more. */
export function refuseGone(caller?: AbortSignal): void {
  if (caller?.aborted) throw new OfficeError('Whoever asked has left.')
}

const unseen = /[\p{C}\p{Zl}\p{Zp}]/gu

/** What the caller sent, fit for a message: quoted, short, nothing unseen. */
export function quote(text: string): string {
  return showUnseen(JSON.stringify(shorten(text, 80)))
}

/** At most so many characters, counted so that the cut halves none. */
export function shorten(text: string, most: number): string {
  const characters = [...text.slice(0, 2 * most + 2)]
  if (characters.length <= most) return text
  return `${characters.slice(0, most).join('')}…`
}

/** Control, format and line characters as JSON escapes; the rest as it is. */
export function showUnseen(text: string): string {
  return text.replace(unseen, (character) =>
    character
      .split('')
      .map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'))
      .map((hex) => `\\u${hex}`)
      .join(''),
  )
}

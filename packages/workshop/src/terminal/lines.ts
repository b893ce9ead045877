import stringWidth from 'string-width'
import wrapAnsi from 'wrap-ansi'

/** Lines of at most `width` columns; a longer one goes on in the next. */
export function breakLines(text: string, width: number): string[] {
  const options = { hard: true, trim: false, wordWrap: false }
  return text
    .split(/\r?\n/)
    .flatMap((line) => wrapAnsi(line, width, options).split('\n'))
}

/** Prose as lines; none begins with a mark that closes (JIS X 4051). */
export function wrapProse(text: string, width: number): string[] {
  // A mark that hangs at the end of a line is two columns wide.
  return wrapAnsi(text, width - 2, { hard: true })
    .replace(/\n([、。，．）」』：；]+)/g, '$1\n')
    .replace(/\n+/g, '\n')
    .replace(/\n$/, '')
    .split('\n')
}

/** Text from a server, with what a terminal would obey made visible. */
export function showUnseen(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

/** Text filled up with spaces to `width` columns, at least one. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(1, width - stringWidth(text)))
}

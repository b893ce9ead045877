import type { Token } from '../src/tokens.ts'
import { lang, tell, words } from './words.ts'

export type State = 'valid' | 'not valid yet' | 'expired'

export function stateOf({ notBefore, expiresAt }: Token, now: Date): State {
  if (now >= expiresAt) return 'expired'
  return now < notBefore ? 'not valid yet' : 'valid'
}

/** The next to expire first, and those that have expired last. */
export function sortTokens(tokens: Token[], now: Date): Token[] {
  const isOver = (token: Token) => Number(stateOf(token, now) === 'expired')
  return tokens.toSorted(
    (a, b) => isOver(a) - isOver(b) || +a.expiresAt - +b.expiresAt,
  )
}

/** As much of a token as a program may want, without its whole digest. */
export const describeToken = (token: Token, now: Date) => ({
  name: token.name,
  fingerprint: fingerprintOf(token),
  state: stateOf(token, now),
  scopes: token.scopes,
  notBefore: token.notBefore,
  expiresAt: token.expiresAt,
})

/** One line a token, in columns, no wider than 80. */
export function formatTokens(tokens: Token[], now: Date): string {
  const rows = sortTokens(tokens, now).map((token) => [
    token.name,
    fingerprintOf(token),
    tellState(token, now),
    token.notBefore > now
      ? tell(words.expires, { when: tellTime(token.expiresAt, now) })
      : tell(words.made, { when: tellTime(token.notBefore, now) }),
  ])
  const wide = [1, 2, 3].map((column) => widest(rows, column))
  const left = wide.reduce((rest, width) => rest - width - 2, 80)
  const widths = [Math.min(widest(rows, 0), left), ...wide]
  const lines = rows.map((row) =>
    row.map((cell, column) => fit(cell, widths[column] ?? 0)).join('  '),
  )
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

/** When it ends or ended; for one that has not begun, when it begins. */
export function tellState(token: Token, now: Date): string {
  const { notBefore, expiresAt } = token
  const state = stateOf(token, now)
  if (state === 'not valid yet') {
    return tell(words.begins, { when: tellTime(notBefore, now) })
  }
  const text = state === 'expired' ? words.expired : words.expires
  return tell(text, { when: tellTime(expiresAt, now) })
}

/** The beginning of the digest, as the server's log has it. */
const fingerprintOf = ({ digest }: Token) => digest.slice(0, 12)

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]

/** A time as seen from now: in 3 days, 5 minutes ago. */
function tellTime(time: Date, now: Date): string {
  const count = (length: number) => Math.round((+time - +now) / 1000 / length)
  // Two at least, so that 25 hours are not a day.
  const [unit, length] = units.find(
    ([, length]) => Math.abs(count(length)) >= 2,
  ) ?? ['second', 1]
  const text = new Intl.RelativeTimeFormat(lang).format(count(length), unit)
  return lang === 'ja' ? text.replaceAll(' ', '') : text
}

const widest = (rows: string[][], column: number) =>
  Math.max(0, ...rows.map((row) => widthOf(row[column] ?? '')))

/** Columns on a terminal, where Japanese takes two a character. */
const widthOf = (text: string) =>
  text.length + (text.match(/[^\0-\xff…]/g)?.length ?? 0)

const fit = (text: string, width: number) =>
  widthOf(text) > width
    ? `${text.slice(0, width - 1)}…`
    : text + ' '.repeat(width - widthOf(text))

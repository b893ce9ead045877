import { pino } from 'pino'

/** One JSON line per event, on stderr; nothing secret is ever given to it. */
export const log = pino(
  { base: null, timestamp: pino.stdTimeFunctions.isoTime },
  pino.destination({ fd: 2, sync: true }),
)

/** What somebody sent: short, and nothing in it can end or forge a line. */
export const printable = (value: unknown) =>
  value === undefined
    ? undefined
    : String(value)
        .replace(/[\p{C}\p{Z}]/gu, ' ')
        .slice(0, 80)

import { pino } from 'pino'

/** Characters of one value in a line. */
const longest = 200

/**
 * What somebody sent: short, and nothing in it can end or forge a line, or
 * steer the terminal that shows it.
 */
function printable(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 20).map(printable)
  if (typeof value !== 'string') return Object(value) === value ? '' : value
  return value.slice(0, longest).replace(/[\p{C}\p{Z}]/gu, ' ')
}

/**
 * One JSON line per event, on stderr; nothing secret is ever given to it.
 * Every text in it is printable, whoever it came from.
 */
export const log = pino(
  {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      log: (entry) =>
        Object.fromEntries(
          Object.entries(entry).map(([name, value]) => [
            name,
            printable(value),
          ]),
        ),
    },
  },
  pino.destination({ fd: 2, sync: true }),
)

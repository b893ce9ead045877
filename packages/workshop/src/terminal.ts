import type { WriteStream } from 'node:tty'
import { createLogUpdate } from 'log-update'
import picocolors from 'picocolors'
import type { Progress } from './tour.ts'

export type Colors = ReturnType<typeof picocolors.createColors>

/** Colours for a terminal that wants them; FORCE_COLOR and NO_COLOR decide. */
export function createColors(
  env: NodeJS.ProcessEnv,
  stream: { isTTY?: boolean },
): Colors {
  const wanted = env.FORCE_COLOR
    ? env.FORCE_COLOR !== '0'
    : stream.isTTY === true && env.TERM !== 'dumb'
  return picocolors.createColors(wanted && !env.NO_COLOR)
}

/** A frame that is drawn over itself; a line at a time without a terminal. */
export function createProgress(stream: WriteStream): Progress {
  if (!stream.isTTY || process.env.TERM === 'dumb') {
    return {
      show: (_frame, now) => void stream.write(`${now}\n`),
      clear: () => {},
    }
  }
  const draw = createLogUpdate(stream)
  return {
    show: (frame) => draw(frame),
    clear() {
      draw.clear()
      draw.done()
    },
  }
}

/** Columns to fill: those of the terminal, within what reads well. */
export function readWidth(stream: { columns?: number }): number {
  return Math.min(Math.max(stream.columns ?? 80, 40), 100)
}

import type { WriteStream } from 'node:tty'
import { createLogUpdate } from 'log-update'

/** Where the tour tells how far it is. */
export interface Progress {
  /** Shows a frame in the place of the one before, or says `now`. */
  show(frame: string, now: string): void
  clear(): void
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

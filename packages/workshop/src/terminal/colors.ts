import picocolors from 'picocolors'

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

/** Columns to fill: those of the terminal, within what reads well. */
export function readWidth(stream: { columns?: number }): number {
  return Math.min(Math.max(stream.columns ?? 80, 40), 100)
}

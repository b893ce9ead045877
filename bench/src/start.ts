import type { Findings, Scale } from './results.ts'
import { divide, list, measureAll, type Spread, spread } from './rounds.ts'
import { Bench } from './servers.ts'
import { startSafe, startStep } from './subjects.ts'

/** How long each step takes until it listens. */
export async function measureStart(
  _bench: Bench,
  scale: Scale,
): Promise<Findings> {
  const candidates = [0, 1, 2, 3].map((step) => ({
    id: `step-${step}`,
    async measure() {
      const bench = new Bench()
      try {
        const { startedIn } =
          step === 3 ? await startSafe(bench) : await startStep(bench, step)
        return { ms: startedIn }
      } finally {
        await bench.close()
      }
    },
  }))
  const costs = await measureAll(candidates, scale)
  const ratios: Record<string, Spread> = {}
  const counts: Record<string, number> = {}
  for (const { id } of candidates) {
    if (id !== 'step-0') ratios[id] = divide(costs, id, 'step-0')
    counts[`${id}-ms`] = spread(list(costs, id)).median
  }
  return { ratios, counts }
}

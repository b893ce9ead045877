import type { Scale } from './results.ts'
import type { Costs } from './rounds.ts'
import { Bench } from './servers.ts'

/**
 * Measures the rounds in parts, with all servers started anew for each: of two
 * processes that run the same code, one may stay slower for all its life.
 */
export async function measureStarts(
  starts: number,
  scale: Scale,
  measureOnce: (bench: Bench, scale: Scale) => Promise<Costs>,
): Promise<Costs> {
  const part = {
    ...scale,
    rounds: Math.ceil(scale.rounds / starts),
    warming: Math.ceil(scale.warming / starts),
  }
  const costs: Costs = new Map()
  for (let start = 0; start < starts; start += 1) {
    const bench = new Bench()
    const found = await measureOnce(bench, part).finally(() => bench.close())
    for (const [id, rounds] of found) {
      costs.set(id, [...(costs.get(id) ?? []), ...rounds])
    }
  }
  return costs
}

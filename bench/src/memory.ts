import { setTimeout } from 'node:timers/promises'
import type { Findings, Scale } from './results.ts'
import { divide, list, measureAll, type Spread, spread } from './rounds.ts'
import { Bench } from './servers.ts'
import { served, startSafe, startStep } from './subjects.ts'

const connections = 1000

/** What a server holds while a thousand callers keep their connections. */
export async function measureMemory(
  _bench: Bench,
  scale: Scale,
): Promise<Findings> {
  const candidates = [0, 1, 2, 3].map((step) => ({
    id: `step-${step}`,
    async measure() {
      const bench = new Bench()
      try {
        const { url, secret, ca, read } =
          step === 3
            ? await startSafe(bench)
            : { ca: '', ...(await startStep(bench, step)) }
        const send = bench.openLoad()
        const target = { id: 'all', url: url.href, ca, connections }
        await send(target, served([secret], connections))
        // The first ones opened the connections: now all of them are used.
        await send(target, served([secret], connections))
        await setTimeout(200)
        return { bytes: await read('memory'), open: await read('open') }
      } finally {
        await bench.close()
      }
    },
  }))
  const costs = await measureAll(candidates, scale)
  const ratios: Record<string, Spread> = {}
  const counts: Record<string, number> = {}
  const skipped: Record<string, string> = {}
  const isHeld = (id: string) =>
    list(costs, id, 'open').every((open) => open >= connections)
  for (const { id } of candidates) {
    if (!isHeld('step-0') || !isHeld(id)) {
      skipped[id] = 'Too slow here: connections ended before all were open.'
      continue
    }
    if (id !== 'step-0') ratios[id] = divide(costs, id, 'step-0', 'bytes')
    const { median } = spread(list(costs, id, 'bytes'))
    counts[`${id}-mib`] = Math.round(median / 2 ** 20)
  }
  return { ratios, counts, skipped }
}

import { createSecret } from '@guard-up/lab'
import type { Findings, Scale } from './results.ts'
import { type Candidate, divide, measureAll, type Spread } from './rounds.ts'
import type { Bench } from './servers.ts'
import {
  refused,
  type Subject,
  served,
  startPlain,
  startSafe,
  startStep,
} from './subjects.ts'

const connections = 16
/**
 * Refusals per call that is served: so cheap that a few of them would measure
 * nothing, or the compiler, which has seen too little of them.
 */
const more = 10

/**
 * What it costs a server to refuse a wrong secret, against serving a call: CPU
 * time, for whoever sends the load is slower than whoever refuses it. The
 * refusal of a small body leaves its connection to the next caller.
 */
export async function measureRefused(
  bench: Bench,
  scale: Scale,
): Promise<Findings> {
  const send = bench.openLoad()
  const candidates: Candidate[] = []
  const add = (name: string, subject: Subject) => {
    const { url, secret, ca = '', read } = subject
    const run = async (wrong: boolean) => {
      const id = `${name}-${wrong ? 'refused' : 'served'}`
      const calls = wrong ? scale.calls * more : scale.calls
      const batch = wrong
        ? refused([createSecret()], calls)
        : served([secret], calls)
      const before = await read('cpu')
      await send({ id, url: url.href, ca, connections }, batch)
      return { cpu: ((await read('cpu')) - before) / calls }
    }
    candidates.push(
      { id: `${name}-served`, measure: () => run(false) },
      { id: `${name}-refused`, measure: () => run(true) },
    )
  }
  add('step-1', await startStep(bench, 1))
  add('step-2', await startStep(bench, 2))
  add('step-3', await startPlain(bench))
  add('step-3-tls', await startSafe(bench))
  const costs = await measureAll(candidates, scale)
  const ratios: Record<string, Spread> = {}
  for (const name of ['step-1', 'step-2', 'step-3', 'step-3-tls']) {
    ratios[name] = divide(costs, `${name}-refused`, `${name}-served`, 'cpu')
  }
  return { ratios }
}

import { findPort } from '@guard-up/lab'
import type { Findings, Scale } from './results.ts'
import { type Candidate, type Costs, measureAll, spread } from './rounds.ts'
import type { Bench } from './servers.ts'
import { measureStarts } from './starts.ts'
import { type Subject, served, startSafe, startStep } from './subjects.ts'

const connections = 16

/** How often guarded and unguarded calls take turns within one round. */
const turns = 5

/** The steps, and the tokens of step 3: each row has a process of its own. */
const rows = ['step-1', 'step-2', 'step-3-named', 'step-3-seen', 'step-3-fresh']

/**
 * What a tool call costs behind each step's guard, against one without a guard
 * in the same process: they share the compiled code and the collected garbage,
 * so what is left is the guard, and not how a process came to be.
 */
export async function measureShare(
  _bench: Bench,
  scale: Scale,
): Promise<Findings> {
  const costs = await measureStarts(8, scale, measureOnce)
  const ratios = rows.flatMap((row) => {
    const found = costs.get(row) ?? []
    const of = (bare: string, guarded: string) =>
      spread(found.map((it) => (it[bare] ?? 0) / (it[guarded] ?? 0)))
    const cpu = [`${row}-cpu`, of('bareCpu', 'cpu')] as const
    return [[row, of('bareMs', 'ms')] as const, cpu]
  })
  return { ratios: Object.fromEntries(ratios) }
}

/** Starts each server once, and measures all of them in turns. */
async function measureOnce(bench: Bench, scale: Scale): Promise<Costs> {
  const send = bench.openLoad()
  const candidates: Candidate[] = []
  for (const row of rows) {
    const bare = await findPort()
    const { url, ca = '', read, makeSecrets } = await startRow(bench, row, bare)
    const bareUrl = new URL(url)
    bareUrl.port = `${bare}`
    const calls = Math.ceil(scale.calls / turns)
    const call = async (id: string, { href }: URL) => {
      const secrets = await makeSecrets(calls)
      const before = await read('cpu')
      const target = { id, url: href, ca, connections }
      const { ms } = await send(target, served(secrets, calls))
      return { ms, cpu: (await read('cpu')) - before }
    }
    candidates.push({
      id: row,
      async measure() {
        const cost = { ms: 0, cpu: 0, bareMs: 0, bareCpu: 0 }
        for (let turn = 0; turn < turns; turn += 1) {
          const guarded = await call(row, url)
          cost.ms += guarded.ms
          cost.cpu += guarded.cpu
          const unguarded = await call(`${row}-bare`, bareUrl)
          cost.bareMs += unguarded.ms
          cost.bareCpu += unguarded.cpu
        }
        return cost
      },
    })
  }
  return measureAll(candidates, scale)
}

interface Guarded extends Subject {
  /** The secrets of so many calls. */
  makeSecrets(calls: number): Promise<string[]>
}

async function startRow(
  bench: Bench,
  row: string,
  bare: number,
): Promise<Guarded> {
  const [, step, kind = ''] = /^step-(\d)-?(.*)$/.exec(row) ?? []
  if (step !== '3') {
    const subject = await startStep(bench, Number(step), bare)
    return { ...subject, makeSecrets: async () => [subject.secret] }
  }
  const safe = await startSafe(bench, undefined, bare)
  const { liar, claims, secret } = safe
  const known: Record<string, string> = {
    named: secret,
    seen: await liar.mint({ ...claims, exp: 4_000_000_000 }),
  }
  const makeSecrets = async (calls: number) => {
    const one = known[kind]
    if (one) return [one]
    return Promise.all(Array.from({ length: calls }, () => liar.mint(claims)))
  }
  return { ...safe, makeSecrets }
}

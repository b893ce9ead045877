import { findPort } from '../../packages/guardcheck/test/ports.ts'
import type { Findings, Scale } from './results.ts'
import {
  type Candidate,
  type Costs,
  divide,
  measureAll,
  type Spread,
} from './rounds.ts'
import { Bench } from './servers.ts'
import { type Subject, served, startSafe, startStep } from './subjects.ts'

const connections = 16

/** How often all servers are started anew, for no two starts are equal. */
const starts = 3

/** The steps, and the tokens of step 3: each row has a process of its own. */
const rows = [
  'step-1',
  'step-2',
  'step-3-named',
  'step-3-fresh',
  'step-3-fresh-rs256',
  'step-3-seen',
  'step-3-introspected',
]

/**
 * What a tool call costs behind each step's guard, against one without a guard
 * over the same transport and in the same process.
 */
export async function measureGuarded(
  _bench: Bench,
  scale: Scale,
): Promise<Findings> {
  const each = {
    ...scale,
    rounds: Math.ceil(scale.rounds / starts),
    warming: Math.ceil(scale.warming / starts),
  }
  const costs: Costs = new Map()
  for (let start = 0; start < starts; start += 1) {
    const bench = new Bench()
    const found = await measureOnce(bench, each).finally(() => bench.close())
    for (const [id, rounds] of found) {
      costs.set(id, [...(costs.get(id) ?? []), ...rounds])
    }
  }
  const ratios: Record<string, Spread> = {}
  for (const row of rows) {
    ratios[row] = divide(costs, `${row}-bare`, row)
    ratios[`${row}-cpu`] = divide(costs, `${row}-bare`, row, 'cpu')
  }
  return { ratios }
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
    const places = { [row]: url, [`${row}-bare`]: bareUrl }
    for (const [id, { href }] of Object.entries(places)) {
      const target = { id, url: href, ca, connections }
      const measure = async () => {
        const secrets = await makeSecrets(scale.calls)
        const before = await read('cpu')
        const { ms } = await send(target, served(secrets, scale.calls))
        return { ms, cpu: (await read('cpu')) - before }
      }
      candidates.push({ id, measure })
    }
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
  if (kind === 'fresh-rs256') liar.algorithm = 'RS256'
  const long = { ...claims, exp: 4_000_000_000 }
  const known: Record<string, string> = {
    named: secret,
    seen: await liar.mint(long),
    introspected: liar.issueOpaque(long),
  }
  const makeSecrets = async (calls: number) => {
    const one = known[kind]
    if (one) return [one]
    return Promise.all(Array.from({ length: calls }, () => liar.mint(claims)))
  }
  return { ...safe, makeSecrets }
}

import { fileURLToPath } from 'node:url'
import { stepFolder } from '@guard-up/lab'
import type { Findings, Scale } from './results.ts'
import {
  type Candidate,
  type Costs,
  divide,
  measureAll,
  type Spread,
} from './rounds.ts'
import type { Bench, Server } from './servers.ts'
import { measureStarts } from './starts.ts'
import { served, startSafe, startStep } from './subjects.ts'

const connections = 16

/** Each guarded server, and the unguarded one over the same transport. */
const bases = {
  'step-1': 'step-0',
  'step-2': 'step-0',
  'step-3-named': 'tls',
  'step-3-fresh': 'tls',
  'step-3-fresh-rs256': 'tls',
  'step-3-seen': 'tls',
  'step-3-introspected': 'tls',
}

/** What a tool call costs behind each step's guard, over the same transport. */
export async function measureGuarded(
  _bench: Bench,
  scale: Scale,
): Promise<Findings> {
  const costs = await measureStarts(8, scale, measureOnce)
  const ratios: Record<string, Spread> = {}
  for (const [row, base] of Object.entries(bases)) {
    ratios[row] = divide(costs, base, row)
    ratios[`${row}-cpu`] = divide(costs, base, row, 'cpu')
  }
  return { ratios }
}

/** Starts each server once, and measures all of them in turns. */
async function measureOnce(bench: Bench, scale: Scale): Promise<Costs> {
  const send = bench.openLoad()
  const candidate = (
    id: string,
    { url, read }: Server,
    makeSecrets: () => Promise<string[]> | string[],
    ca = '',
  ): Candidate => ({
    id,
    async measure() {
      const target = { id, url: url.href, ca, connections }
      const secrets = await makeSecrets()
      const before = await read('cpu')
      const { ms } = await send(target, served(secrets, scale.calls))
      return { ms, cpu: (await read('cpu')) - before }
    },
  })
  const candidates: Candidate[] = []
  for (const step of [0, 1, 2]) {
    const { secret, ...server } = await startStep(bench, step)
    candidates.push(candidate(`step-${step}`, server, () => [secret]))
  }
  // Each has a server of its own: one that served more runs warmer code.
  const named = await startSafe(bench)
  const plain = fileURLToPath(new URL('plain.ts', import.meta.url))
  const bare = await bench.start(plain, stepFolder(0), {
    TLS_KEY_FILE: named.pair.keyFile,
    TLS_CERT_FILE: named.pair.certFile,
  })
  candidates.push(
    candidate('tls', bare, () => ['nobody-looks'], named.ca),
    candidate('step-3-named', named, () => [named.secret], named.ca),
  )
  for (const kind of ['fresh', 'fresh-rs256', 'seen', 'introspected']) {
    const { liar, claims, ca, ...server } = await startSafe(bench)
    if (kind === 'fresh-rs256') liar.algorithm = 'RS256'
    const long = { ...claims, exp: 4_000_000_000 }
    const seen =
      kind === 'introspected' ? liar.issueOpaque(long) : await liar.mint(long)
    const fresh = () =>
      Promise.all(Array.from({ length: scale.calls }, () => liar.mint(claims)))
    const makeSecrets = kind.startsWith('fresh') ? fresh : () => [seen]
    candidates.push(candidate(`step-3-${kind}`, server, makeSecrets, ca))
  }
  return measureAll(candidates, scale)
}

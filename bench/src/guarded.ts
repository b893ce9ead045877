import { fileURLToPath } from 'node:url'
import type { Findings, Scale } from './results.ts'
import { type Candidate, divide, measureAll, type Spread } from './rounds.ts'
import { type Bench, type Server, stepFolder } from './servers.ts'
import { served, startSafe, startStep } from './subjects.ts'

const connections = 16

/** Each guarded server, and the unguarded one over the same transport. */
const bases = {
  'step-1': 'step-0',
  'step-2': 'step-0',
  'step-3-named': 'tls',
  'step-3-fresh': 'tls',
  'step-3-seen': 'tls',
  'step-3-introspected': 'tls',
}

/** What a tool call costs behind each step's guard, over the same transport. */
export async function measureGuarded(
  bench: Bench,
  scale: Scale,
): Promise<Findings> {
  const [bare, bearer, named] = await Promise.all(
    [0, 1, 2].map((step) => startStep(bench, step)),
  )
  const safe = await startSafe(bench)
  const { liar, claims, pair, ca = '' } = safe
  const plain = fileURLToPath(new URL('plain.ts', import.meta.url))
  const shielded = await bench.start(plain, stepFolder(0), {
    TLS_KEY_FILE: pair.keyFile,
    TLS_CERT_FILE: pair.certFile,
  })
  const send = bench.openLoad()
  const candidate = (
    id: string,
    server: Server | undefined,
    makeSecrets: () => Promise<string[]> | string[],
  ): Candidate => ({
    id,
    async measure() {
      const { url, read } = server as Server
      const target = { id, url: url.href, ca, connections }
      const secrets = await makeSecrets()
      const before = await read('cpu')
      const { ms } = await send(target, served(secrets, scale.calls))
      return { ms, cpu: (await read('cpu')) - before }
    },
  })
  const one = (secret: string) => () => [secret]
  const fresh = () =>
    Promise.all(Array.from({ length: scale.calls }, () => liar.mint(claims)))
  const seen = await liar.mint({ ...claims, exp: 4e9 })
  const opaque = liar.issueOpaque({ ...claims, exp: 4e9 })
  const costs = await measureAll(
    [
      candidate('step-0', bare, one('nobody-looks')),
      candidate('step-1', bearer, one(`${bearer?.secret}`)),
      candidate('step-2', named, one(`${named?.secret}`)),
      candidate('tls', shielded, one('nobody-looks')),
      candidate('step-3-named', safe, one(safe.secret)),
      candidate('step-3-fresh', safe, fresh),
      candidate('step-3-seen', safe, one(seen)),
      candidate('step-3-introspected', safe, one(opaque)),
    ],
    scale,
  )
  const ratios: Record<string, Spread> = {}
  for (const [row, base] of Object.entries(bases)) {
    ratios[row] = divide(costs, base, row)
    ratios[`${row}-cpu`] = divide(costs, base, row, 'cpu')
  }
  return { ratios }
}

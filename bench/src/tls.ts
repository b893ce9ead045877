import { findPort, proxies, startProxy, whyNoProxy } from '@guard-up/lab'
import type { Findings, Scale } from './results.ts'
import { type Candidate, divide, measureAll } from './rounds.ts'
import type { Bench } from './servers.ts'
import { type SafeSubject, served, startPlain, startSafe } from './subjects.ts'

const connections = 16

/** What TLS costs a call of step 3 by Node, and by nginx before it. */
export async function measureTls(
  bench: Bench,
  scale: Scale,
): Promise<Findings> {
  const send = bench.openLoad()
  const over = (
    id: string,
    subject: Pick<SafeSubject, 'url' | 'secret' | 'ca'>,
  ): Candidate => ({
    id,
    async measure() {
      const { url, secret, ca = '' } = subject
      const target = { id, url: url.href, ca, connections }
      return { ...(await send(target, served([secret], scale.calls))) }
    },
  })
  const plain = await startPlain(bench)
  const node = await startSafe(bench)
  const candidates = [over('plain', plain), over('node', node)]
  const [nginx] = proxies
  const missing = nginx ? whyNoProxy(nginx) : 'There is no nginx.'
  if (nginx && !missing) {
    const from = await findPort()
    const safe = await startSafe(bench, { port: from })
    const to = safe.port
    const home = await bench.openFolder()
    bench.defer(await startProxy(nginx, home, safe.pair, { from, to }))
    candidates.push(over('nginx', safe))
  }
  const costs = await measureAll(candidates, scale)
  const ratios = { node: divide(costs, 'plain', 'node') }
  if (missing) return { ratios, skipped: { nginx: missing } }
  return { ratios: { ...ratios, nginx: divide(costs, 'plain', 'nginx') } }
}

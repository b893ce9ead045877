import { createSecret, installPeers, peersFolder } from '@guard-up/lab'
import { openLiar } from 'guardcheck'
import type { Findings, Scale } from './results.ts'
import {
  type Candidate,
  type Costs,
  divide,
  measureAll,
  type Spread,
} from './rounds.ts'
import type { Bench } from './servers.ts'
import { measureStarts } from './starts.ts'
import { refused, served } from './subjects.ts'

const connections = 16

/** What each row sets beside one another: the peer, and ours. */
const rows = {
  sdk: ['sdk', 'ours'],
  passport: ['passport', 'ours'],
  token: ['token', 'ours'],
  'jwt-fresh': ['jwt-fresh', 'ours-jwt-fresh'],
  'jwt-seen': ['jwt-seen', 'ours-jwt-seen'],
} as const

/** Our guard against those of others, doing the same work in one process. */
export async function measurePeers(
  _bench: Bench,
  scale: Scale,
): Promise<Findings> {
  await installPeers()
  const costs = await measureStarts(8, scale, measureOnce)
  const ratios: Record<string, Spread> = {}
  for (const [row, [peer, ours]] of Object.entries(rows)) {
    ratios[row] = divide(costs, peer, ours)
    ratios[`${row}-cpu`] = divide(costs, peer, ours, 'cpu')
  }
  return { ratios }
}

/** Starts the server once, and measures all of its guards in turns. */
async function measureOnce(bench: Bench, scale: Scale): Promise<Costs> {
  const send = bench.openLoad()
  const liar = await openLiar()
  bench.defer(() => liar.close())
  const claims = { aud: 'https://mcp.example/mcp', scope: 'documents:read' }
  const secret = createSecret()
  const seen = await liar.mint({ ...claims, exp: 4_000_000_000 })
  const { url, read } = await bench.start('bench/server.js', peersFolder, {
    ISSUER: liar.url,
    AUDIENCE: claims.aud,
    MCP_TOKEN: secret,
  })
  const open = async (id: string): Promise<Candidate> => {
    const guard = id.replace(/-(fresh|seen)$/, '')
    const target = { id, url: new URL(`${guard}/mcp`, url).href, connections }
    const makeSecrets = async () => {
      if (!guard.endsWith('jwt')) return [secret]
      if (id.endsWith('-seen')) return [seen]
      const all = Array.from({ length: scale.calls }, () => liar.mint(claims))
      return Promise.all(all)
    }
    // One that lets everybody in would be the fastest.
    await send(target, refused([createSecret()], connections))
    return {
      id,
      async measure() {
        const secrets = await makeSecrets()
        const before = await read('cpu')
        const { ms } = await send(target, served(secrets, scale.calls))
        return { ms, cpu: (await read('cpu')) - before }
      },
    }
  }
  const candidates: Candidate[] = []
  for (const id of new Set(Object.values(rows).flat())) {
    candidates.push(await open(id))
  }
  return measureAll(candidates, scale)
}

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  runConformance,
  whyNoConformance,
} from '../../packages/guardcheck/bench/conformance.ts'
import type { Findings, Scale } from './results.ts'
import { type Candidate, list, measureAll, spread } from './rounds.ts'
import { type Bench, root } from './servers.ts'
import { startStep } from './subjects.ts'

/**
 * How long guardcheck and the official suite take to judge step 0, the one
 * step that both can call: the suite has no way to send a token.
 */
export async function measureSuites(
  bench: Bench,
  scale: Scale,
): Promise<Findings> {
  const { url } = await startStep(bench, 0)
  // Both are run as JavaScript, which is how they are installed.
  await run(process.execPath, ['build.mjs'], { cwd: guardcheck })
  const timed = async (judge: () => Promise<number>) => {
    const start = performance.now()
    const checks = await judge()
    return { seconds: (performance.now() - start) / 1000, checks }
  }
  const candidates: Candidate[] = [
    { id: 'guardcheck', measure: () => timed(() => runGuardcheck(url)) },
  ]
  // Asking also has npx fetch it, which is not its time.
  const missing = await whyNoConformance()
  if (!missing) {
    const judge = async () => (await runConformance(url)).checks
    candidates.push({ id: 'conformance', measure: () => timed(judge) })
  }
  const costs = await measureAll(candidates, scale)
  const counts: Record<string, number> = {}
  for (const { id } of candidates) {
    counts[`${id}-seconds`] = spread(list(costs, id, 'seconds')).median
    counts[`${id}-checks`] = spread(list(costs, id, 'checks')).median
  }
  if (!missing) return { counts }
  return { counts, skipped: { 'conformance-seconds': missing } }
}

const run = promisify(execFile)
const guardcheck = join(root, 'packages/guardcheck')

/** Judges by the command as it is installed; answers what it decided. */
async function runGuardcheck(url: URL): Promise<number> {
  const { stdout } = await run(
    process.execPath,
    [join(guardcheck, 'dist/cli/main.js'), url.href, '--format', 'json'],
    { timeout: 300_000, maxBuffer: 64 * 1024 * 1024 },
  ).catch((error: Error & { code?: number; stdout?: string }) => {
    // Something fails at a server that nobody guards.
    if (error.code === 1) return { stdout: `${error.stdout}` }
    throw error
  })
  const { results } = JSON.parse(stdout) as { results: { verdict: string }[] }
  return results.filter(({ verdict }) => verdict !== 'not-applicable').length
}

import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { report, run } from './day.ts'

const alone = ['-rn', process.execPath, '--import', 'tsx']
const why = await run('unshare', ['-rn', 'ip', 'link', 'set', 'lo', 'up']).then(
  () => '',
  () => 'no network of its own can be had here (unshare, ip).',
)
if (why) console.warn(`Nobody vanishes: ${why}`)

test.skipIf(why)(
  'clients that vanished are let go in time, and nobody waits for them',
  async () => {
    const script = fileURLToPath(new URL('vanished.ts', import.meta.url))
    const { stdout } = await run('unshare', [...alone, script])
    const figures = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
    report('half-open', figures)
    expect(figures.vanished).toBeGreaterThan(90)
    expect(figures.failed).toBe(0)
    expect(figures.ms).toBeLessThan(15_000)
  },
)

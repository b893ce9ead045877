import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export const conformance = '@modelcontextprotocol/conformance@0.2.0-alpha.12'

/** What its checks came to. */
export interface Conformance {
  failed: string[]
  passed: number
  /** Each check that it ran, whatever came of it. */
  checks: number
}

const npx = ['--prefer-offline', '-y', '-p', 'node@24.21.0', '-p', conformance]

const run = (args: string[]) =>
  promisify(execFile)('npx', [...npx, '--', 'conformance', ...args], {
    timeout: 300_000,
    maxBuffer: 64 * 1024 * 1024,
  })

/** Why the official suite cannot run here; undefined when it can. */
export async function whyNoConformance(): Promise<string | undefined> {
  try {
    await run(['--version'])
    return undefined
  } catch (error) {
    return (error as Error).message.split('\n')[0]
  }
}

/** Runs the official suite, which is given a URL and nothing else. */
export async function runConformance(url: URL): Promise<Conformance> {
  const place = await mkdtemp(join(tmpdir(), 'guard-up-zoo-'))
  // Its exit status says that something failed, which is said anyway.
  await run(['server', '--url', url.href, '-o', place]).catch(() => undefined)
  const failed = new Set<string>()
  let [passed, checks] = [0, 0]
  for (const name of await readdir(place)) {
    const text = await readFile(join(place, name, 'checks.json'), 'utf8')
    const found: { id: string; status: string }[] = JSON.parse(text)
    for (const { id, status } of found) {
      checks += 1
      if (status === 'FAILURE') failed.add(id)
      if (status === 'SUCCESS') passed += 1
    }
  }
  await rm(place, { recursive: true, force: true })
  if (passed + failed.size === 0) throw new Error('The suite asked nothing.')
  return { failed: [...failed].sort(), passed, checks }
}

import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { layWeakness, type Weakness } from './weakness.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** What a package has beside its sources, which its tests ask for. */
const rest = ['package.json', 'tsconfig.json', 'vitest.config.ts', 'test']

/** A test that failed: its file and its whole name. */
export interface FailedTest {
  file: string
  name: string
}

/** What vitest writes of a run, as far as it is read. */
interface Report {
  testResults: {
    name: string
    assertionResults: { fullName: string; status: string }[]
  }[]
}

/**
 * Has the tests of a package tried on a weakness of it, and names one that
 * failed there twice and holds in the package itself.
 * @throws {Error} when they cannot be run
 */
export async function findOwnTest(
  weakness: Weakness,
): Promise<FailedTest | undefined> {
  const home = join(root, 'packages', weakness.base)
  // As deep as a package: what a test reaches above it is found there, too.
  const folder = join(root, '.built', `weak-${weakness.name}`)
  await layWeakness(weakness, folder)
  try {
    for (const part of rest) {
      await cp(join(home, part), join(folder, part), { recursive: true })
    }
    await symlink(join(home, 'node_modules'), join(folder, 'node_modules'))
    for (const failed of await listFailed(folder, [])) {
      const only = [failed.file, '-t', `^${literal(failed.name)}$`]
      const [again] = await listFailed(folder, only)
      if (again && (await listFailed(home, only)).length === 0) return failed
    }
    return undefined
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const literal = (text: string) => text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')

/** Runs some tests of a package until a few have failed: on a busy machine not each of them says something. */
async function listFailed(
  folder: string,
  only: string[],
): Promise<FailedTest[]> {
  const report = join(folder, '.report', `weakness-${process.pid}.json`)
  await mkdir(join(folder, '.report'), { recursive: true })
  await rm(report, { force: true })
  const run = ['run', '--bail', '5', '--reporter=json']
  const vitest = join(folder, 'node_modules/vitest/vitest.mjs')
  const output = await new Promise<string>((resolve) => {
    const args = [vitest, ...run, `--outputFile=${report}`, ...only]
    const settings = { cwd: folder, maxBuffer: 2 ** 26, timeout: 20 * 60_000 }
    execFile(process.execPath, args, settings, (_error, out, err) =>
      resolve(`${err}${out}`),
    )
  })
  const text = await readFile(report, 'utf8').catch(() => {
    throw new Error(`Its tests could not be run. ${output}`)
  })
  await rm(report)
  const { testResults }: Report = JSON.parse(text)
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName }) => ({
        file: name.slice(folder.length + 1).replaceAll('\\', '/'),
        name: fullName,
      })),
  )
}

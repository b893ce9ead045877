import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import {
  layWeakness,
  listWeaknesses,
  readWeakness,
} from '../../../guardcheck/mutation/weakness.ts'
import { findWhoSees } from '../../../guardcheck/mutation/weaknesses.ts'

const folder = fileURLToPath(
  new URL('../../../../lessons/exercises/.built/weak/', import.meta.url),
)
const types = createRequire(import.meta.url).resolve('typescript/package.json')
const tsc = join(dirname(types), 'bin/tsc')

// One that does not would be seen for what nobody would commit.
test('every weakness is well typed, and has nothing unused', async () => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const name of await listWeaknesses()) {
    await layWeakness(await readWeakness(name), join(folder, name))
  }
  const config = {
    extends: '../../../../tsconfig.base.json',
    compilerOptions: { noUnusedLocals: true, noUnusedParameters: true },
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const told = run(process.execPath, [tsc, '-p', '.', '--pretty', 'false'])
  expect(told).toBe('')
})

// One of each base: all of them are judged by `npm run mutants`.
test.concurrent.for([
  ['revokes-the-newest-only', 'rotation/revoke-one-client as promised'],
  ['lets-null-pages-in', 'transport/origin-foreign-403'],
  ['lets-people-give-what-they-lost', 'issuer/refresh-narrow-bound'],
])('%s is seen by %s', async ([name, look], { expect }) => {
  const seen = await findWhoSees(await readWeakness(`${name}`))
  expect(seen?.look).toBe(look)
})

/** What a command prints, whether or not it ends well. */
function run(command: string, args: string[]): string {
  try {
    return execFileSync(command, args, { cwd: folder, encoding: 'utf8' })
  } catch (error) {
    return `${(error as { stdout: string }).stdout}`
  }
}

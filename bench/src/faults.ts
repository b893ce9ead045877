// Lets step 3 have its bad days, and writes down what each came to.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import write from 'write-file-atomic'
import { type Faults, faultRows, faultsFile } from './fault-rows.ts'
import { describeMachine } from './machine.ts'

const bench = fileURLToPath(new URL('../', import.meta.url))

new Command('faults')
  .description('Let step 3 have its bad days, and record what each came to')
  .addHelpText(
    'after',
    '\nIt takes some four minutes. Afterwards, npm run weave puts what was recorded\ninto the README.',
  )
  .action(() => {
    const folder = mkdtempSync(join(tmpdir(), 'guard-up-faults-'))
    try {
      record(join(folder, 'faults'))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
  .parse()

function record(file: string): void {
  const load = Number((loadavg()[0] ?? 0).toFixed(2))
  const names = ['faults', 'clock', 'slow', 'half-open', 'soak']
  const manifest = import.meta.resolve('vitest/package.json')
  const vitest = fileURLToPath(new URL('vitest.mjs', manifest))
  const { status } = spawnSync(
    process.execPath,
    [vitest, 'run', '--config', 'vitest.long.config.ts', ...names],
    {
      cwd: bench,
      stdio: 'inherit',
      env: { ...process.env, FAULTS_FILE: file },
    },
  )
  process.exitCode = status ?? 1
  if (status !== 0) return
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const found = lines.map((line) => JSON.parse(line))
  const faults = Object.fromEntries(
    found.map(({ id, figures }) => [id, figures]),
  )
  const missing = faultRows.map(({ id }) => id).filter((id) => !faults[id])
  if (missing.length > 0) {
    console.error(
      `Nothing is recorded: ${missing.join(', ')} did not run here.`,
    )
    process.exitCode = 1
    return
  }
  const recorded: Faults = {
    recordedAt: new Date().toISOString(),
    machine: describeMachine(),
    load,
    faults,
  }
  write.sync(
    fileURLToPath(faultsFile),
    `${JSON.stringify(recorded, null, 2)}\n`,
  )
}

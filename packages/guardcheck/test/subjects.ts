import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readLedger } from '@guard-up/office'
import { startProcess } from '../src/process.ts'
import type { SubjectOptions } from '../src/subject.ts'

/** The folder of a step, which holds its `src`. */
export const stepFolder = (step: number) =>
  fileURLToPath(new URL(`../../step-${step}/`, import.meta.url))

/** A server that a test started, and how to end it. */
export interface StartedSubject {
  options: SubjectOptions
  stop(): Promise<void>
}

/**
 * Starts the server in a folder, as `pnpm step` would, with an empty ledger.
 * Its secrets are read where they stand: in the source, from step 1 on.
 */
export async function startSubject(
  folder: string,
  env: Record<string, string> = {},
): Promise<StartedSubject> {
  const officeDir = await mkdtemp(join(tmpdir(), 'guard-up-office-'))
  const removeOffice = () => rm(officeDir, { recursive: true, force: true })
  const outcome = await startProcess({
    command: [process.execPath, '--import', 'tsx', 'src/main.ts'],
    cwd: folder,
    env: { PORT: '0', OFFICE_DIR: officeDir, NODE_ENV: undefined, ...env },
  })
  if (!('started' in outcome)) {
    await removeOffice()
    throw new Error(`${folder} did not start.\n${outcome.output}`)
  }
  const { started } = outcome
  const secrets = await readSecrets(folder)
  const good = secrets.filter((secret) => !secret.endsWith('-expired'))
  return {
    options: {
      url: started.url,
      token: good[0],
      secondToken: good[1],
      deadTokens: secrets.filter((secret) => !good.includes(secret)),
      maxBodyBytes: 1024 * 1024,
      effect: {
        name: 'issue_refund',
        arguments: { customer: 'C-1001', amount: 1, reason: 'guardcheck' },
        count: async () => (await readLedger(officeDir)).refunds.length,
      },
      process: started,
      intrusive: true,
    },
    async stop() {
      await started.stop()
      await removeOffice()
    },
  }
}

/** The demo secrets that stand in a server's source; step 0 borrows one. */
async function readSecrets(folder: string): Promise<string[]> {
  const file = join(folder, 'src', 'tokens.ts')
  const fallback = join(stepFolder(1), 'src', 'tokens.ts')
  const source = await readFile(file, 'utf8').catch(() =>
    readFile(fallback, 'utf8'),
  )
  return [...source.matchAll(/'(guard-up-[a-z0-9-]+)'/g)].map(([, s]) => `${s}`)
}

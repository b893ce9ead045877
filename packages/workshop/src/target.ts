import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Refund, readLedger } from '@guard-up/office'
import { type Step, startProcess } from 'guardcheck'
import { type Keys, openKeys } from './keys.ts'
import { folderOf, listSteps, readSecret } from './steps.ts'

/** A step that runs, and what an attacker or an honest caller has of it. */
export interface Target {
  step: Step
  url: URL
  /** What an honest caller presents; a step without a guard knows none. */
  secret: string | undefined
  /** Secrets of further callers that an attacker has got hold of. */
  stolen: { slide?: string | undefined; laptop?: string | undefined }
  /** The hold on its tokens; undefined where nothing can be changed. */
  keys: Keys | undefined
  /** The folder of the step, as anyone with the source has it. */
  folder: string
  readRefunds(): Promise<Refund[]>
}

/** Steps that run side by side until they are closed. */
export interface Targets {
  list: Target[]
  /** Resolves with the first step that ended by itself, and its output. */
  ended: Promise<NotServing>
  /** Ends every process and removes what was written. */
  close(): Promise<void>
}

/** A step that does not serve, and what it printed. */
export class NotServing extends Error {
  readonly step: Step
  readonly output: string
  /** Whether it has served before. */
  readonly served: boolean
  constructor(step: Step, output: string, served: boolean) {
    super(`Step ${step} does not serve.`)
    this.step = step
    this.output = output
    this.served = served
  }
}

/** Which steps to start, and where they are. */
export interface TargetOptions {
  steps?: Step[] | undefined
  folder?: ((step: Step) => string) | undefined
  /** Ends them again as soon as they have started, when it has aborted. */
  signal?: AbortSignal | undefined
}

/**
 * Starts steps side by side on free loopback ports, each with a new ledger.
 * @throws {NotServing} when one of them does not start; then none goes on
 */
export async function openTargets({
  steps = listSteps(),
  folder = folderOf,
  signal,
}: TargetOptions = {}): Promise<Targets> {
  const office = await mkdtemp(join(tmpdir(), 'guard-up-'))
  const starts = await Promise.allSettled(
    steps.map((step) => start(step, folder(step), join(office, `${step}`))),
  )
  const started = starts
    .filter((result) => result.status === 'fulfilled')
    .map(({ value }) => value)
  const close = async () => {
    await Promise.all(started.map(({ stop }) => stop()))
    await rm(office, { recursive: true, force: true, maxRetries: 5 })
  }
  const failed = starts.find((result) => result.status === 'rejected')
  if (failed || signal?.aborted) {
    await close()
    // What ended us has ended a step as well, which is no fault of its own.
    signal?.throwIfAborted()
    throw failed?.reason
  }
  return {
    list: started.map(({ target }) => target),
    ended: Promise.race(started.map(({ ended }) => ended)),
    close,
  }
}

async function start(step: Step, folder: string, office: string) {
  await mkdir(office)
  const tokens = join(office, 'tokens.json')
  const keys = openKeys(folder, tokens)
  const minted = (await keys?.mint('accounts', 'slide', 'laptop')) ?? []
  const [secret = readSecret(folder), slide, laptop] = minted
  const outcome = await startProcess({
    command: [process.execPath, '--import', 'tsx', 'src/main.ts'],
    cwd: folder,
    // Whatever a shell exports for other servers must not reach this one.
    env: {
      PORT: '0',
      HOST: undefined,
      OFFICE_DIR: office,
      OFFICE_STOCK_URL: undefined,
      OFFICE_STOCK_CREDENTIAL_FILE: undefined,
      MCP_TOKENS: undefined,
      MCP_TOKENS_FILE: keys && tokens,
    },
  }).catch((error: Error) => ({ exitCode: 1, output: error.message }))
  if (!('started' in outcome)) {
    throw new NotServing(step, outcome.output, false)
  }
  const { url, stop, ended, output } = outcome.started
  const target: Target = {
    step,
    url,
    secret,
    stolen: { slide, laptop },
    keys,
    folder,
    readRefunds: async () => (await readLedger(office)).refunds,
  }
  return {
    target,
    stop,
    ended: ended.then(() => new NotServing(step, output(), true)),
  }
}

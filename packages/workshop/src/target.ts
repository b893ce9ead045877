import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Refund, readLedger } from '@guard-up/office'
import { type Step, startProcess } from 'guardcheck'
import { NotServing } from './failure.ts'
import { findPort, type Issuer, openIssuer } from './issuer.ts'
import { type Keys, openKeys } from './keys.ts'
import { createPair, type Pair } from './pair.ts'
import { folderOf, listSteps, readSecret } from './steps.ts'

/** A step that runs, and what an attacker or an honest caller has of it. */
export interface Target {
  step: Step
  url: URL
  /** PEM that is to be trusted where the step speaks TLS. */
  ca: string | undefined
  /** What an honest caller presents; a step without a guard knows none. */
  secret: string | undefined
  /** The same of the caller whose token is rotated; undefined without one. */
  rotated: string | undefined
  /** What people let their clients do, where somebody issues tokens. */
  people: People | undefined
  /** Who issues their tokens. */
  issuer: Issuer | undefined
  /** Secrets of further callers that an attacker has got hold of. */
  stolen: { slide?: string | undefined; laptop?: string | undefined }
  /** The hold on its tokens; undefined where nothing can be changed. */
  keys: Keys | undefined
  /** The folder of the step, as anyone with the source has it. */
  folder: string
  readRefunds(): Promise<Refund[]>
}

/** Tokens of people, as an attacker or an honest client comes by them. */
export interface People {
  /** Bob's, who may only read documents. */
  bob: string
  /** Alice's for another server, which an attacker runs. */
  elsewhere: string
  /** Alice's, until she signs out. */
  leaving: string
  signOut(): Promise<void>
}

/** Steps that run side by side until they are closed. */
export interface Targets {
  list: Target[]
  /** Resolves with the first step that ended by itself, and its output. */
  ended: Promise<NotServing>
  /** Ends every process and removes what was written. */
  close(): Promise<void>
}

/** Which steps to start, and where they are. */
export interface TargetOptions {
  steps?: Step[] | undefined
  folder?: ((step: Step) => string) | undefined
  /** How tokens of people are written; `opaque` when not told. */
  tokenFormat?: 'opaque' | 'jwt' | undefined
  /** Settings that each is given beside its own. */
  env?: Record<string, string> | undefined
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
  env = {},
  tokenFormat,
  signal,
}: TargetOptions = {}): Promise<Targets> {
  const office = await mkdtemp(join(tmpdir(), 'guard-up-'))
  const starts = await Promise.allSettled(
    steps.map((step) =>
      start(step, folder(step), join(office, `${step}`), { env, tokenFormat }),
    ),
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

async function start(
  step: Step,
  folder: string,
  office: string,
  { env = {}, tokenFormat }: TargetOptions,
) {
  await mkdir(office)
  const tokens = join(office, 'tokens.json')
  const keys = openKeys(folder, tokens)
  const [minted = [], shield] = await Promise.all([
    keys?.mint('desk', 'slide', 'laptop'),
    step < 3 ? undefined : openShield(office, tokenFormat),
  ])
  const [rotated, slide, laptop] = minted
  const outcome = await startProcess({
    command: [process.execPath, '--import', 'tsx', 'src/main.ts'],
    cwd: folder,
    // Whatever a shell exports for other servers must not reach this one.
    env: {
      ...nothing,
      PORT: '0',
      OFFICE_DIR: office,
      MCP_TOKENS_FILE: keys && tokens,
      ...shield?.env,
      ...env,
    },
  }).catch((error: Error) => ({ exitCode: 1, output: error.message }))
  if (!('started' in outcome)) {
    await shield?.issuer.process.stop()
    throw new NotServing(step, outcome.output, false)
  }
  const { url, stop, ended, output } = outcome.started
  const people = shield && (await signPeopleIn(shield, url.href))
  const target: Target = {
    step,
    url,
    ca: shield?.pair.ca,
    secret: people?.alice ?? rotated ?? readSecret(folder),
    rotated,
    people,
    issuer: shield?.issuer,
    stolen: { slide, laptop },
    keys,
    folder,
    readRefunds: async () => (await readLedger(office)).refunds,
  }
  return {
    target,
    async stop() {
      await Promise.all([stop(), shield?.issuer.process.stop()])
    },
    ended: ended.then(() => new NotServing(step, output(), true)),
  }
}

/** Settings that a step may have, none of which it is to inherit. */
const nothing = Object.fromEntries(
  [
    'HOST',
    'OFFICE_STOCK_URL',
    'OFFICE_STOCK_CREDENTIAL_FILE',
    'MCP_TOKENS',
    'TLS_KEY_FILE',
    'TLS_CERT_FILE',
    'PUBLIC_URL',
    'ALLOWED_ORIGINS',
    'TRUSTED_PROXY',
    'GUESSES_PER_MINUTE',
    'OAUTH_ISSUER',
    'OAUTH_AUDIENCE',
    'OAUTH_CLIENT_ID',
    'OAUTH_CLIENT_SECRET_FILE',
    'OAUTH_MAX_AGE',
    'OAUTH_TOKEN_TYP',
  ].map((name) => [name, undefined]),
)

/** What step 3 needs around it: a certificate, and who issues tokens. */
interface Shield {
  issuer: Issuer
  pair: Pair
  env: Record<string, string>
}

/** The server of an attacker, which people may sign in to as well. */
const elsewhere = 'https://other.example/mcp'

async function openShield(
  office: string,
  tokenFormat?: string,
): Promise<Shield> {
  const pair = await createPair(office)
  const port = await findPort()
  const resource = `https://localhost:${port}/mcp`
  const home = join(office, 'issuer')
  const resources = [resource, elsewhere]
  const issuer = await openIssuer(home, pair, resources, tokenFormat)
  const env = {
    PORT: `${port}`,
    TLS_KEY_FILE: pair.keyFile,
    TLS_CERT_FILE: pair.certFile,
    OAUTH_ISSUER: issuer.url,
    OAUTH_CLIENT_ID: issuer.client.id,
    OAUTH_CLIENT_SECRET_FILE: issuer.client.secretFile,
    OAUTH_MAX_AGE: '2',
    NODE_EXTRA_CA_CERTS: pair.certFile,
  }
  return { issuer, pair, env }
}

async function signPeopleIn({ issuer }: Shield, resource: string) {
  const all = 'documents:read customers:read stock:read refunds:write'.split(
    ' ',
  )
  const [alice, bob, away, leaving] = await Promise.all([
    issuer.obtain('alice', all, resource),
    issuer.obtain('bob', ['documents:read'], resource),
    issuer.obtain('alice', all, elsewhere),
    issuer.obtain('alice', ['documents:read'], resource),
  ])
  return {
    alice: alice.access,
    bob: bob.access,
    elsewhere: away.access,
    leaving: leaving.access,
    signOut: () => issuer.revoke(leaving.refresh || leaving.access),
  }
}

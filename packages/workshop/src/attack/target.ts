import { join } from 'node:path'
import {
  createPair,
  elsewhere,
  findPort,
  type Issuer,
  type KeyCommand,
  NotStarted,
  openFolder,
  openKeyCommand,
  openWhole,
  scopes,
  startIssuer,
  startServer,
} from '@guard-up/lab'
import { type Refund, readLedger } from '@guard-up/office'
import type { Step } from 'guardcheck'
import { folderOf, listSteps, readSecret } from '../repository.ts'
import { NotServing } from '../step/failure.ts'

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
  keys: KeyCommand | undefined
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
  signal,
  ...options
}: TargetOptions = {}): Promise<Targets> {
  const { stop: close, ...targets } = await openWhole(async (defer) => {
    const starts = await Promise.allSettled(
      steps.map((step) => start(step, folder(step), options)),
    )
    const started = starts.flatMap((result) =>
      result.status === 'fulfilled' ? [result.value] : [],
    )
    defer(() => Promise.all(started.map(({ stop }) => stop())))
    // What ended us has ended a step as well, which is no fault of its own.
    signal?.throwIfAborted()
    const failed = starts.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    return {
      list: started.map(({ target }) => target),
      ended: Promise.race(started.map(({ ended }) => ended)),
    }
  })
  return { ...targets, close }
}

const start = (
  step: Step,
  folder: string,
  { env, tokenFormat }: TargetOptions,
) =>
  openWhole(async (defer) => {
    const office = await openFolder('target', defer)
    const tokens = join(office, 'tokens.json')
    const keys = openKeyCommand(folder, tokens)
    const shielding = step < 3 ? undefined : openShield(office, tokenFormat)
    defer(async () => (await shielding)?.issuer.stop())
    const [minted = [], shield] = await Promise.all([
      keys?.mint(['desk', 'slide', 'laptop']),
      shielding,
    ])
    const [rotated, slide, laptop] = minted
    const server = await startServer(folder, {
      OFFICE_DIR: office,
      MCP_TOKENS_FILE: keys && tokens,
      ...shield?.env,
      ...env,
    }).catch((error: Error) => {
      const said = error instanceof NotStarted ? error.output : error.message
      throw new NotServing(step, said, false)
    })
    defer(server.stop)
    const { url, ended, output } = server
    const people = shield && (await signPeopleIn(shield.issuer, url.href))
    const target: Target = {
      step,
      url,
      ca: shield?.pair.cert,
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
      ended: ended.then(() => new NotServing(step, output(), true)),
    }
  })

/** What step 3 needs around it: a certificate, and who issues tokens. */
async function openShield(
  folder: string,
  tokenFormat: TargetOptions['tokenFormat'],
) {
  const pair = await createPair(folder)
  const port = await findPort()
  const issuer = await startIssuer({
    pair,
    resource: `https://localhost:${port}/mcp`,
    env: { ISSUER_TOKEN_FORMAT: tokenFormat },
  })
  const env = {
    PORT: `${port}`,
    TLS_KEY_FILE: pair.keyFile,
    TLS_CERT_FILE: pair.certFile,
    OAUTH_ISSUER: issuer.url,
    OAUTH_CLIENT_ID: issuer.office.id,
    OAUTH_CLIENT_SECRET_FILE: issuer.office.secretFile,
    OAUTH_MAX_AGE: '2',
    NODE_EXTRA_CA_CERTS: pair.certFile,
  }
  return { issuer, pair, env }
}

async function signPeopleIn(issuer: Issuer, resource: string) {
  const [alice, bob, away, leaving] = await Promise.all([
    issuer.obtain('alice', scopes, resource),
    issuer.obtain('bob', ['documents:read'], resource),
    issuer.obtain('alice', scopes, elsewhere),
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

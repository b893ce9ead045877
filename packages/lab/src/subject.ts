import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readLedger } from '@guard-up/office'
import type { SubjectOptions } from 'guardcheck'
import {
  createCertificate,
  createKeys,
  createSecret,
  type Grant,
  openLiar,
  type StartedProcess,
  type StartOptions,
  startProcess,
} from 'guardcheck'
import { copyMirrored, mirrored } from './mirrored.ts'
import { createPair } from './pair.ts'
import { findPort } from './port.ts'
import { openStock } from './stock.ts'

/** The folder of a step, which holds its `src`. */
export const stepFolder = (step: number) =>
  fileURLToPath(new URL(`../../step-${step}/`, import.meta.url))

/** Step 3 on the next version of the SDK. */
export const nextFolder = fileURLToPath(
  new URL('../../step-3-next/', import.meta.url),
)

/** A server that a test started, and how to end it. */
export interface StartedSubject {
  options: SubjectOptions
  stop(): Promise<void>
}

/** The modules of TypeScript that run without a build, from any folder. */
const tsx = import.meta.resolve('tsx')

/**
 * Starts the server in a folder, as `pnpm step` would, with an empty ledger.
 * Its secrets are read where they stand: in the source at step 1, in a file
 * of tokens, which steps 0 and 1 ignore, from step 2 on.
 */
export async function startSubject(
  folder: string,
  env: Record<string, string> = {},
): Promise<StartedSubject> {
  const home = await mkdtemp(join(tmpdir(), 'guard-up-office-'))
  const officeDir = join(home, 'office')
  const grants = createGrants()
  const keys = createKeys(join(home, 'tokens.json'), {
    grants,
    command: [process.execPath, '--import', tsx, keyCommand(folder)],
  })
  await keys.replace(keys.format(grants))
  const shield = existsSync(join(folder, 'src/tls.ts'))
    ? await createShield(home)
    : undefined
  // Not spread: its `algorithm` is an accessor, which a copy would freeze.
  const liar = Object.assign(await openLiar(), { maxAge: 2 })
  const secretFile = join(home, 'client.secret')
  await writeFile(secretFile, `${liar.client.secret}\n`, { mode: 0o600 })
  const stock = await openStock(home)
  const removeOffice = async () => {
    await liar.close()
    stock.close()
    await rm(home, { recursive: true, force: true })
  }
  const start: StartOptions = {
    command: [process.execPath, '--import', tsx, 'src/main.ts'],
    cwd: folder,
    env: {
      PORT: '0',
      OFFICE_DIR: officeDir,
      NODE_ENV: undefined,
      MCP_TOKENS: undefined,
      MCP_TOKENS_FILE: keys.file,
      OAUTH_ISSUER: liar.url,
      OAUTH_CLIENT_ID: liar.client.id,
      OAUTH_CLIENT_SECRET_FILE: secretFile,
      OAUTH_MAX_AGE: `${liar.maxAge}`,
      ...stock.env,
      ...shield?.env,
      ...env,
    },
  }
  const outcome = await startProcess(start)
  if (!('started' in outcome)) {
    await removeOffice()
    throw new Error(`${folder} did not start.\n${outcome.output}`)
  }
  const { started } = outcome
  const inSource = await readSecrets(folder)
  const secrets = inSource.length > 0 ? inSource : grants.map((g) => g.secret)
  const dead = grants.slice(2).map(({ secret }) => secret)
  const good = secrets.filter(
    (secret) => !secret.endsWith('-expired') && !dead.includes(secret),
  )
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
        callers: async () =>
          (await readLedger(officeDir)).refunds.map(({ by }) => by),
      },
      reader: { name: 'read_document', arguments: (path) => ({ path }) },
      keys,
      liar,
      upstream: stock.upstream,
      mirror: {
        ...mirrored,
        async open() {
          const cwd = await mkdtemp(join(home, 'mirror-'))
          await copyMirrored(folder, cwd)
          const own = { ...start.env, ...(await shield?.place()) }
          const copy = await startProcess({ ...start, cwd, env: own })
          if ('started' in copy) return copy.started
          throw new Error(`A copy with a mirror did not start.\n${copy.output}`)
        },
      },
      origin,
      health: '/healthz',
      ...shield?.options,
      ...(shield && {
        secretFiles: {
          ...shield.options.secretFiles,
          OAUTH_CLIENT_SECRET_FILE: secretFile,
        },
      }),
      process: shield ? shield.holdProcess(started) : started,
      intrusive: true,
    },
    async stop() {
      await started.stop()
      await removeOffice()
    },
  }
}

/** What keeps a server's tokens: later steps have no command of their own. */
function keyCommand(folder: string): string {
  const own = join(folder, 'bin', 'key.ts')
  if (!existsSync(join(folder, 'src', 'keys.ts'))) return own
  return existsSync(own) ? own : join(stepFolder(2), 'bin', 'key.ts')
}

/** What a server of step 3 has around it, and what we hold of that. */
async function createShield(home: string) {
  const pair = await createPair(home)
  const other = await createPair()
  const place = async () => {
    const port = await findPort()
    return { PORT: `${port}`, PUBLIC_URL: `https://127.0.0.1:${port}/mcp` }
  }
  return {
    /** Where another one like it can listen. */
    place,
    env: {
      ...(await place()),
      TLS_KEY_FILE: pair.keyFile,
      TLS_CERT_FILE: pair.certFile,
      ALLOWED_ORIGINS: origin,
      // What guesses come to is judged on a server of its own.
      GUESSES_PER_MINUTE: '100000',
    },
    options: {
      // Each vouches for itself.
      ca: `${pair.cert}\n${other.cert}`,
      secretFiles: { TLS_KEY_FILE: pair.keyFile },
      proxied: {
        TLS_KEY_FILE: undefined,
        TLS_CERT_FILE: undefined,
        TRUSTED_PROXY: '127.0.0.1',
      },
      certificate: createCertificate(pair, pair, other),
      throttle: { GUESSES_PER_MINUTE: undefined, OAUTH_MAX_AGE: undefined },
    },
    /** Another one like it listens elsewhere, and says so. */
    holdProcess: (started: StartedProcess): StartedProcess => ({
      ...started,
      async again(env, args) {
        const tokens = Object.keys(env).some((it) => it.startsWith('MCP_TOK'))
        return started.again(
          { ...(await place()), ...(tokens ? nobody : {}), ...env },
          args,
        )
      },
    }),
  }
}

/** Without an issuer, whose tokens would do as well as those that lack. */
const nobody = {
  OAUTH_ISSUER: undefined,
  OAUTH_CLIENT_ID: undefined,
  OAUTH_CLIENT_SECRET_FILE: undefined,
}

/** The web page that may call a server of step 3. */
const origin = 'https://app.example'

/** All that a caller may be allowed to do. */
const scopes = [
  'documents:read',
  'customers:read',
  'stock:read',
  'refunds:write',
]

/** Two callers, and two whose secrets are past or before their time. */
function createGrants(): Grant[] {
  const day = 24 * 60 * 60 * 1000
  const after = (time: number) => new Date(Date.now() + time)
  const grant = (name: string, times = {}): Grant => ({
    name,
    secret: createSecret(),
    notBefore: after(-2 * day),
    scopes,
    ...times,
  })
  return [
    grant('alice'),
    grant('bob'),
    grant('carol', { expiresAt: after(-day) }),
    grant('dave', { notBefore: after(day), expiresAt: after(2 * day) }),
  ]
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

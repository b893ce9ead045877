import { existsSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readLedger } from '@guard-up/office'
import {
  createCertificate,
  type Grant,
  openLiar,
  type StartedProcess,
  type SubjectOptions,
} from 'guardcheck'
import { copyMirrored, mirrored } from './mirrored.ts'
import { createPair, createPems } from './pair.ts'
import { findPort } from './port.ts'
import { runTs, startServer, stepFolder } from './step.ts'
import { openStock } from './stock.ts'
import {
  createKeys,
  createSecret,
  findKeyCommand,
  readSecrets,
  scopes,
} from './tokens.ts'
import { openFolder, openWhole } from './whole.ts'

/** A server that can be judged by everything, and how to end it. */
export interface StartedSubject {
  options: SubjectOptions
  stop(): Promise<void>
}

/**
 * Starts the server in a folder with an empty ledger, and holds all that a
 * property may ask for: its secrets are read where they stand, in the source at
 * step 1, in a file of tokens, which steps 0 and 1 ignore, from step 2 on.
 * @throws {NotStarted} with what it printed
 */
export const startSubject = (
  folder: string,
  env: Record<string, string> = {},
): Promise<StartedSubject> =>
  openWhole(async (defer) => {
    const home = await openFolder('office', defer)
    const officeDir = join(home, 'office')
    const grants = createGrants()
    const keys = createKeys(join(home, 'tokens.json'), {
      grants,
      command: runTs(findKeyCommand(folder) ?? join(folder, 'bin/key.ts')),
    })
    await keys.replace(keys.format(grants))
    const shield = existsSync(join(folder, 'src/tls.ts'))
      ? await createShield(home)
      : undefined
    // Not spread: its `algorithm` is an accessor, which a copy would freeze.
    const liar = Object.assign(await openLiar(), { maxAge: 2 })
    defer(() => liar.close())
    const secretFile = join(home, 'client.secret')
    await writeFile(secretFile, `${liar.client.secret}\n`, { mode: 0o600 })
    const stock = await openStock(home)
    defer(stock.stop)
    const settings = {
      OFFICE_DIR: officeDir,
      MCP_TOKENS_FILE: keys.file,
      OAUTH_ISSUER: liar.url,
      OAUTH_CLIENT_ID: liar.client.id,
      OAUTH_CLIENT_SECRET_FILE: secretFile,
      OAUTH_MAX_AGE: `${liar.maxAge}`,
      ...stock.env,
      ...shield?.env,
      ...env,
    }
    const started = await startServer(folder, settings)
    defer(started.stop)
    const readRefunds = async () => (await readLedger(officeDir)).refunds
    const options: SubjectOptions = {
      url: started.url,
      ...tellApart(folder, grants),
      maxBodyBytes: 1024 * 1024,
      effect: {
        name: 'issue_refund',
        arguments: { customer: 'C-1001', amount: 1, reason: 'guardcheck' },
        count: async () => (await readRefunds()).length,
        callers: async () => (await readRefunds()).map(({ by }) => by),
      },
      reader: { name: 'read_document', arguments: (path) => ({ path }) },
      keys,
      liar,
      upstream: stock.upstream,
      mirror: {
        ...mirrored,
        async open() {
          const copy = await mkdtemp(join(home, 'mirror-'))
          await copyMirrored(folder, copy)
          const place = await shield?.place()
          return startServer(copy, { ...settings, ...place })
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
    }
    return { options }
  })

/** What a server of step 3 has around it, and what we hold of that. */
async function createShield(home: string) {
  const pair = await createPair(home)
  const other = await createPems()
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

/** The secrets that open a server, and those that once did or will. */
function tellApart(folder: string, grants: Grant[]) {
  const granted = grants.map(({ secret }) => secret)
  const dead = granted.slice(2)
  // Step 0 has none, and borrows those of step 1.
  const inSource = existsSync(join(folder, 'src/tokens.ts'))
    ? readSecrets(folder)
    : readSecrets(stepFolder(1))
  const secrets = inSource.length > 0 ? inSource : granted
  const isGood = (secret: string) =>
    !secret.endsWith('-expired') && !dead.includes(secret)
  const [token, secondToken] = secrets.filter(isGood)
  const deadTokens = secrets.filter((secret) => !isGood(secret))
  return { token, secondToken, deadTokens }
}

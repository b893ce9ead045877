import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  createKeys,
  createPair,
  createSecret,
  findPort,
  type Pair,
  readSecrets,
  stepFolder,
} from '@guard-up/lab'
import { type LyingIssuer, openLiar } from 'guardcheck'
import type { Batch } from './load.ts'
import type { Bench, Server } from './servers.ts'

/** One real call of a tool, as every server is asked it. */
export const body = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'read_document', arguments: { path: 'price-list.md' } },
})

/** A step that serves, and what opens it. */
export interface Subject extends Server {
  secret: string
  ca?: string
}

export interface SafeSubject extends Subject {
  pair: Pair
  liar: LyingIssuer
  /** Where it listens itself, with or without a proxy before it. */
  port: number
  /** What a token for it says. */
  claims: { aud: string; scope: string }
}

/** A file with one named token in it, and the secret of that. */
export async function createTokens(bench: Bench) {
  const keys = createKeys(join(await bench.openFolder(), 'tokens.json'))
  const secret = createSecret()
  const token = { name: 'desk', secret, scopes: ['documents:read'] }
  const expiresAt = new Date('2100-01-01')
  // It outlives every measure.
  await keys.replace(keys.format([{ ...token, expiresAt }]))
  return { file: keys.file, secret }
}

const beside = fileURLToPath(new URL('beside.ts', import.meta.url))

const [inSource] = readSecrets(stepFolder(1))

/** Starts step 0, 1 or 2; with a port, step 0 listens there beside it. */
export async function startStep(
  bench: Bench,
  step: number,
  bare?: number,
): Promise<Subject> {
  const { file, secret } = await createTokens(bench)
  const env = { MCP_TOKENS_FILE: file, BARE_PORT: `${bare}` }
  const main = bare ? beside : 'src/main.ts'
  const server = await bench.start(main, stepFolder(step), env)
  return { ...server, secret: step === 2 ? secret : `${inSource}` }
}

/**
 * Starts step 3; behind a proxy that ends TLS, it listens without. With a port
 * for it, step 0 listens there beside it, with the same certificate.
 */
export async function startSafe(
  bench: Bench,
  proxy?: { port?: number },
  bare?: number,
): Promise<SafeSubject> {
  const { file, secret } = await createTokens(bench)
  const folder = await bench.openFolder()
  const pair = await createPair(folder)
  const liar = await openLiar()
  bench.defer(() => liar.close())
  const secretFile = join(folder, 'client.secret')
  await writeFile(secretFile, liar.client.secret, { mode: 0o600 })
  const port = await findPort()
  const href = `https://127.0.0.1:${proxy?.port ?? port}/mcp`
  const tls: Record<string, string> = proxy
    ? { TRUSTED_PROXY: '127.0.0.1' }
    : { TLS_KEY_FILE: pair.keyFile, TLS_CERT_FILE: pair.certFile }
  const main = bare ? beside : 'src/main.ts'
  const server = await bench.start(main, stepFolder(3), {
    ...tls,
    PORT: `${port}`,
    BARE_PORT: `${bare}`,
    PUBLIC_URL: href,
    MCP_TOKENS_FILE: file,
    OAUTH_ISSUER: liar.url,
    OAUTH_CLIENT_ID: liar.client.id,
    OAUTH_CLIENT_SECRET_FILE: secretFile,
    // What is measured is the guard, not the issuer beside it.
    OAUTH_MAX_AGE: '3600',
    // What guesses come to is not measured here.
    GUESSES_PER_MINUTE: '1000000000',
  })
  const claims = { aud: href, scope: 'documents:read' }
  return { ...server, secret, ca: pair.cert, pair, liar, claims, port }
}

/** Starts step 3 without TLS, as it runs behind a proxy that ends it. */
export async function startPlain(bench: Bench): Promise<SafeSubject> {
  const safe = await startSafe(bench, {})
  return { ...safe, url: new URL(safe.url.href.replace('https:', 'http:')) }
}

/** Calls that have to be served. */
export const served = (secrets: string[], calls: number): Batch => ({
  secrets,
  calls,
  body,
  status: 200,
})

/** Calls that have to be refused. */
export const refused = (secrets: string[], calls: number): Batch => ({
  ...served(secrets, calls),
  status: 401,
})

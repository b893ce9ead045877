import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LyingIssuer, openLiar } from '../liar/issuer.ts'
import type { IssuerHold } from '../probe/options.ts'

/** What the command line says of the authorization server. */
export interface IssuerOptions {
  issuer?: string
  clientId?: string
  redirectUri?: string
  login?: string
  passwordEnv?: string
  scope?: string[]
}

/**
 * The hold on an authorization server that the options name.
 * @throws {Error} which names the option that is missing or wrong
 */
export function readHold(
  options: IssuerOptions,
  password: string | undefined,
  ca: string | undefined,
): IssuerHold | undefined {
  const { issuer, clientId, redirectUri, login, scope = [] } = options
  const further = Object.entries({ clientId, redirectUri, login, password })
  if (!issuer) {
    const [name] = further.find(([, value]) => value !== undefined) ?? []
    if (!name) return undefined
    throw new Error(`${flags[name]} is said of an issuer: add --issuer.`)
  }
  if (!clientId !== !redirectUri) {
    throw new Error('--client-id and --redirect-uri go together.')
  }
  if (!login !== !password) {
    throw new Error('--login and --password-env go together.')
  }
  const person = login && password ? { login, password } : undefined
  return { issuer, ca, clientId, redirectUri, person, scopes: scope }
}

const flags: Record<string, string> = {
  clientId: '--client-id',
  redirectUri: '--redirect-uri',
  login: '--login',
  password: '--password-env',
}

/** An authorization server that lies, and how a server comes to trust it. */
export interface OpenedLiar {
  liar: LyingIssuer
  /** For the server that --start starts. */
  env: Record<string, string>
  close(): Promise<void>
}

/** Opens one at a port of this machine; 0 is any. */
export async function openLiarFor(port: number): Promise<OpenedLiar> {
  const liar = await openLiar(undefined, port)
  const folder = await mkdtemp(join(tmpdir(), 'guardcheck-issuer-'))
  const secretFile = join(folder, 'client.secret')
  await writeFile(secretFile, liar.client.secret, { mode: 0o600 })
  return {
    liar,
    env: {
      GUARDCHECK_ISSUER: liar.url,
      GUARDCHECK_CLIENT_ID: liar.client.id,
      GUARDCHECK_CLIENT_SECRET: liar.client.secret,
      GUARDCHECK_CLIENT_SECRET_FILE: secretFile,
    },
    async close() {
      await liar.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

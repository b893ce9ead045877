import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { findKeyCommand } from '@guard-up/lab'
import type { Step, Text } from 'guardcheck'
import writeFileAtomic from 'write-file-atomic'
import { folderOf, root } from '../repository.ts'
import { words } from './words.ts'

/** What a server started by hand is given where nobody has said otherwise. */
export interface Defaults {
  env: Record<string, string>
  /** What it cannot start without, and how to get it. */
  missing?: { text: Text; values: Record<string, string> }
}

const here = (path: string) => join(root, path)

/** The port of the issuer when nobody names one. */
export const issuerPort = 3100

/** What `pnpm step` adds to the environment of a step. */
export function defaultsOf(step: Step, env: NodeJS.ProcessEnv): Defaults {
  if (!findKeyCommand(folderOf(step))) return { env: {} }
  const tokens = env.MCP_TOKENS_FILE ?? here('tokens.json')
  const named: Record<string, string> = env.MCP_TOKENS
    ? {}
    : { MCP_TOKENS_FILE: tokens }
  const has = Boolean(env.MCP_TOKENS) || existsSync(tokens)
  if (step < 3) return has ? { env: named } : lacksToken(step, tokens)
  const pair = pairOf(env)
  if (!pair)
    return { env: {}, missing: { text: words.certifyFirst, values: {} } }
  const issuer = issuerOf(env)
  if (!has && !issuer) {
    return { env: {}, missing: { text: words.issueFirst, values: {} } }
  }
  return { env: { ...(has ? named : {}), ...pair, ...issuer } }
}

/** What `pnpm issuer` adds to the environment of the issuer. */
export function issuerDefaults(env: NodeJS.ProcessEnv): Defaults {
  const pair = pairOf(env)
  if (!pair)
    return { env: {}, missing: { text: words.certifyFirst, values: {} } }
  const port = { PORT: env.PORT ?? `${issuerPort}` }
  return {
    env: { ...port, ISSUER_DIR: env.ISSUER_DIR ?? here('.issuer'), ...pair },
  }
}

function lacksToken(step: Step, tokens: string): Defaults {
  const values = { step: `${step}`, file: relative(process.cwd(), tokens) }
  return { env: {}, missing: { text: words.mintFirst, values } }
}

/** The pair that `pnpm certs` made, unless TLS is settled otherwise. */
function pairOf(env: NodeJS.ProcessEnv): Record<string, string> | undefined {
  if (env.TLS_KEY_FILE || env.TLS_CERT_FILE || env.TRUSTED_PROXY) return {}
  if (!existsSync(here('certs/cert.pem'))) return undefined
  return {
    TLS_KEY_FILE: here('certs/key.pem'),
    TLS_CERT_FILE: here('certs/cert.pem'),
    NODE_EXTRA_CA_CERTS: trustBoth(here('certs/ca.pem'), env),
  }
}

/** One file with our authority and what this machine trusts already. */
export function trustBoth(
  own: string,
  { NODE_EXTRA_CA_CERTS: given }: NodeJS.ProcessEnv,
): string {
  if (!given || !existsSync(given)) return own
  const both = here('certs/trusted.pem')
  if (given === own || given === both) return given
  const pems = [own, given].map((file) => readFileSync(file, 'utf8').trim())
  writeFileAtomic.sync(both, `${pems.join('\n')}\n`)
  return both
}

/** The issuer that runs beside it, once it has been started. */
function issuerOf(env: NodeJS.ProcessEnv): Record<string, string> | undefined {
  if (env.OAUTH_ISSUER) return {}
  const secret = here('.issuer/office.secret')
  if (!existsSync(secret)) return undefined
  return {
    OAUTH_ISSUER: `https://localhost:${issuerPort}`,
    OAUTH_CLIENT_ID: 'office',
    OAUTH_CLIENT_SECRET_FILE: secret,
  }
}

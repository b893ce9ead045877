import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { refusePlain } from '../judge/check.ts'
import type { Keys } from '../probe/keys.ts'
import type { SubjectOptions } from '../probe/options.ts'
import { type StartedProcess, startProcess } from '../process/start.ts'
import { type OpenedLiar, openLiarFor, readHold } from './issuer-options.ts'
import { Misuse, type Options } from './options.ts'

/** Runs with the server that the command line names, and ends what it took. */
export async function withSubject(
  given: string | undefined,
  options: Options,
  use: (subject: SubjectOptions) => Promise<void>,
): Promise<void> {
  const { subject, close } = await openSubject(given, options)
  const end = async () => {
    await close()
    process.exit(130)
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  try {
    await use(subject)
  } finally {
    process.off('SIGINT', end)
    process.off('SIGTERM', end)
    await close()
  }
}

/** The server that the command line names, started if it says so. */
async function openSubject(
  given: string | undefined,
  options: Options,
): Promise<{ subject: SubjectOptions; close(): Promise<void> }> {
  const url = given === undefined ? undefined : readUrl(given)
  if (!url && !options.start) {
    throw new Misuse('Name the URL of an MCP endpoint, or --start a server.')
  }
  const said = readSubject(options)
  const keys = await loadKeys(options)
  let liar: OpenedLiar | undefined
  let started: StartedProcess | undefined
  const close = async () => {
    await started?.stop()
    await liar?.close()
  }
  try {
    liar = await openIssuer(options)
    started = await start(options, url, liar?.env)
    const target = started?.url ?? (url as URL)
    const subject: SubjectOptions = {
      ...said,
      url: target,
      keys,
      process: started,
      liar: liar?.liar,
    }
    if (!options.plainHttp) requireEncrypted(subject)
    return { subject, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** What the command line says of the server, its tokens and its issuer. */
function readSubject(options: Options): Omit<SubjectOptions, 'url'> {
  if (options.token && options.tokenEnv) {
    throw new Misuse('Give --token or --token-env, not both.')
  }
  const token = options.token ?? readSecret('--token-env', options.tokenEnv)
  const secondToken = readSecret('--second-token-env', options.secondTokenEnv)
  const ca = options.ca === undefined ? undefined : readCa(options.ca)
  const { header: headers, origin, health, call, mirror, intrusive } = options
  return {
    ...{ token, secondToken, headers, ca, origin, health, call, mirror },
    intrusive,
    issuer: readTrust(options, ca),
  }
}

/** The hold on tokens that a module of the user's exports. */
async function loadKeys({ keys: file }: Options): Promise<Keys | undefined> {
  if (file === undefined) return undefined
  const { default: keys } = await import(pathToFileURL(file).href).catch(
    (error) => {
      throw new Misuse(`--keys names a module that fails: ${error.message}`)
    },
  )
  const methods = ['createSecret', 'format', 'replace']
  const missing = [
    ...['variable', 'fileVariable', 'file'].filter(
      (name) => typeof keys?.[name] !== 'string',
    ),
    ...(Array.isArray(keys?.grants) ? [] : ['grants']),
    ...methods.filter((name) => typeof keys?.[name] !== 'function'),
  ]
  if (missing.length === 0) return keys
  throw new Misuse(
    `The default export of the module that --keys names lacks ${missing.join(', ')}.`,
  )
}

/** The authorization server that lies, where one is asked for. */
async function openIssuer({
  lyingIssuer,
}: Options): Promise<OpenedLiar | undefined> {
  if (lyingIssuer === undefined) return undefined
  return openLiarFor(lyingIssuer).catch((error) => {
    throw new Misuse(`--lying-issuer cannot listen: ${error.message}.`)
  })
}

/** The server that the command line starts, once it listens. */
async function start(
  { start: command }: Options,
  url: URL | undefined,
  env: Record<string, string> | undefined,
): Promise<StartedProcess | undefined> {
  if (!command) return undefined
  const outcome = await startProcess({ command, url, env }).catch((error) => {
    throw new Misuse(error.message)
  })
  if ('started' in outcome) return outcome.started
  throw new Misuse(
    `The server ended with exit status ${outcome.exitCode} before it listened.\n${outcome.output}`,
  )
}

/** @throws {Misuse} when a token would travel where others can read it */
function requireEncrypted(subject: SubjectOptions): void {
  try {
    refusePlain(subject)
  } catch {
    throw new Misuse(
      'A token over plain HTTP can be read on the way: use https, or --plain-http if you mean it.',
    )
  }
}

/** The hold on an authorization server that the command line gives. */
function readTrust(options: Options, ca: string | undefined) {
  const password = readSecret('--password-env', options.passwordEnv)
  try {
    return readHold(options, password, ca)
  } catch (error) {
    throw new Misuse((error as Error).message)
  }
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Misuse('The URL must begin with http:// or https://.')
  }
  return url
}

/** The secret in an environment variable that an option names. */
function readSecret(option: string, name?: string): string | undefined {
  if (name === undefined) return undefined
  const secret = process.env[name]
  if (!secret) throw new Misuse(`${option} names ${name}, which is not set.`)
  return secret
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new Misuse('--ca names a file that cannot be read.')
  }
}

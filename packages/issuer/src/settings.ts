import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { readPrivate, readText } from './files.ts'

/** What the environment says; every mistake in it ends the start. */
export interface Settings {
  port: number
  host: string
  key: string
  cert: string
  /** Where the server is reached; undefined until a free port is found. */
  issuer: string | undefined
  /** The folder of everything that must outlive a restart. */
  folder: string
  peopleFile: string
  /** Whether the people file is the issuer's own, made at the first start. */
  seedsPeople: boolean
  /** The URLs that tokens are given for; the first is the default. */
  resources: [string, ...string[]]
  tokenFormat: 'opaque' | 'jwt'
  registration: boolean
  /** For tests: client metadata documents on this machine are fetched too. */
  cimdLoopback: boolean
}

const loopback = ['127.0.0.1', '::1', 'localhost']

const list = (text: string) => text.split(',').map((item) => item.trim())

/** An https URL that reads the same after parsing: no slash too many. */
const isExactUrl = (text: string) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:' || url.username || url.search || url.hash) {
    return false
  }
  return url.href === text || (url.pathname === '/' && url.origin === text)
}

const isOrigin = (text: string) =>
  isExactUrl(text) && new URL(text).origin === text

const onOff = z.enum(['on', 'off'], 'must be on or off').default('off')

const Environment = z.object({
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a whole number from 0 to 65535')
    .default('3100')
    .transform(Number)
    .refine((port) => port <= 65535, 'must be a whole number from 0 to 65535'),
  HOST: z
    .enum(
      loopback,
      'must be a loopback address: put a proxy before a wider one',
    )
    .default('127.0.0.1'),
  TLS_KEY_FILE: z.string('must name a PEM file: the issuer speaks HTTPS only'),
  TLS_CERT_FILE: z.string('must name a PEM file: the issuer speaks HTTPS only'),
  ISSUER_URL: z
    .string()
    .refine(isOrigin, 'must be an https URL without a path or a last slash')
    .optional(),
  ISSUER_DIR: z.string().default('.issuer'),
  ISSUER_PEOPLE_FILE: z.string().optional(),
  ISSUER_RESOURCES: z
    .string()
    .default('https://localhost:3003/mcp')
    .transform(list)
    .refine((urls) => urls.every(isExactUrl), 'must be a list of https URLs'),
  ISSUER_TOKEN_FORMAT: z
    .enum(['opaque', 'jwt'], 'must be opaque or jwt')
    .default('opaque'),
  ISSUER_REGISTRATION: onOff,
  ISSUER_CIMD_LOOPBACK: onOff,
})

/**
 * Reads the environment, and the files that it names.
 * @throws {Error} which names the variable, never what it holds
 */
export function readSettings(given: NodeJS.ProcessEnv): Settings {
  const { data: env, error } = Environment.safeParse(
    readSet(given, Object.keys(Environment.shape)),
  )
  if (!env) {
    const { path, message } = error.issues[0] as z.core.$ZodIssue
    throw new Error(`${String(path[0])} ${message}.`)
  }
  if (env.PORT === 0 && env.ISSUER_URL) {
    throw new Error('ISSUER_URL must be unset when PORT is 0: it is derived.')
  }
  const folder = resolve(env.ISSUER_DIR)
  const people = env.ISSUER_PEOPLE_FILE
  if (people && !existsSync(people)) {
    throw new Error('ISSUER_PEOPLE_FILE names no file.')
  }
  return {
    port: env.PORT,
    host: env.HOST,
    key: readPrivate('TLS_KEY_FILE', env.TLS_KEY_FILE),
    cert: readText('TLS_CERT_FILE', env.TLS_CERT_FILE),
    issuer: env.ISSUER_URL ?? (env.PORT ? urlOf(env.PORT) : undefined),
    folder,
    peopleFile: people ? resolve(people) : resolve(folder, 'people.json'),
    seedsPeople: !people,
    resources: env.ISSUER_RESOURCES as [string, ...string[]],
    tokenFormat: env.ISSUER_TOKEN_FORMAT,
    registration: env.ISSUER_REGISTRATION === 'on',
    cimdLoopback: env.ISSUER_CIMD_LOOPBACK === 'on',
  }
}

/**
 * The variables of these names that are set, which an empty one is not.
 * @throws {Error} for one that holds blanks, and so nothing that was meant
 */
export function readSet<Name extends string>(
  given: NodeJS.ProcessEnv,
  names: Name[],
): Partial<Record<Name, string>> {
  const set: Partial<Record<Name, string>> = {}
  for (const name of names) {
    const value = given[name]
    if (!value) continue
    if (!value.trim()) throw new Error(`${name} holds nothing but blanks.`)
    set[name] = value
  }
  return set
}

/** The issuer's URL when nobody named one. */
export const urlOf = (port: number) =>
  new URL(`https://localhost:${port}`).origin

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import {
  type Authority,
  type Granted,
  openAuthority,
  type Person,
  type StartedProcess,
  startProcess,
  type Trace,
} from 'guardcheck'
import type { Pair } from './pair.ts'
import { root } from './steps.ts'

/** The authorization server of the tour, with two people who can sign in. */
export interface Issuer {
  /** Its name, exactly as tokens say it. */
  url: string
  /** How a resource server asks it about a token. */
  client: { id: string; secretFile: string }
  process: StartedProcess
  /** Signs a person in, who lets a client act for them at `resource`. */
  obtain(name: string, scopes: string[], resource: string): Promise<Granted>
  /** Lets a client of the workshop talk to it, which `trace` looks on at. */
  open(resource: string, trace?: Trace): Promise<Authority>
  /** How a person of the workshop signs in. */
  person(name: string): Person
  /** Ends what a person let a client do. */
  revoke(token: string): Promise<void>
}

/** What each person may let a client do. */
const people = {
  alice: ['documents:read', 'customers:read', 'stock:read', 'refunds:write'],
  bob: ['documents:read'],
}

const folder = join(root, 'packages/issuer')

/** Starts the issuer with its state in `home`, for the given resources. */
export async function openIssuer(
  home: string,
  pair: Pair,
  resources: string[],
  tokenFormat?: string,
): Promise<Issuer> {
  await mkdir(home, { mode: 0o700 })
  const url = `https://localhost:${await findPort()}`
  const env = {
    PORT: new URL(url).port,
    HOST: undefined,
    TLS_KEY_FILE: pair.keyFile,
    TLS_CERT_FILE: pair.certFile,
    ISSUER_URL: url,
    ISSUER_DIR: home,
    ISSUER_RESOURCES: resources.join(','),
    ISSUER_TOKEN_FORMAT: tokenFormat,
  }
  const passwords = new Map<string, string>()
  for (const [name, scopes] of Object.entries(people)) {
    const password = randomBytes(16).toString('base64url')
    passwords.set(name, password)
    await addPerson(name, scopes, password, env)
  }
  const outcome = await startProcess({
    command: [process.execPath, '--import', 'tsx', 'src/main.ts'],
    cwd: folder,
    env,
  })
  if (!('started' in outcome)) throw new Error(outcome.output)
  const person = (name: string) => ({
    login: name,
    password: passwords.get(name) ?? '',
  })
  const openFor = (resource: string, trace?: Trace) =>
    openAuthority({
      trace,
      issuer: url,
      clientId: 'workshop',
      redirectUri: 'http://127.0.0.1/callback',
      resource,
      ca: pair.ca,
    })
  return {
    url,
    client: { id: 'office', secretFile: join(home, 'office.secret') },
    process: outcome.started,
    open: openFor,
    person,
    async obtain(name, scopes, resource) {
      const authority = await openFor(resource)
      return authority.grant(person(name), scopes)
    },
    async revoke(token) {
      const authority = await openFor(resources[0] ?? '')
      await authority.revoke(token)
    },
  }
}

/** Adds a person by the issuer's own command, which hashes the password. */
async function addPerson(
  name: string,
  scopes: string[],
  password: string,
  env: Record<string, string | undefined>,
): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'bin/person.ts', 'add', name, '--scope', ...scopes],
    { cwd: folder, env: { ...process.env, ...env }, stdio: 'pipe' },
  )
  child.stdin.end(`${password}\n`)
  let output = ''
  child.stderr.on('data', (text) => {
    output += text
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(output)
}

/** A loopback port that was free a moment ago. */
export async function findPort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

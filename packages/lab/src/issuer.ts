import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import {
  type Authority,
  type Granted,
  openAuthority,
  type Person,
  type Trace,
} from 'guardcheck'
import type { Pair } from './pair.ts'
import { findPort } from './port.ts'
import { issuerFolder, NotStarted, runTs, startServer } from './step.ts'
import { scopes } from './tokens.ts'
import { openFolder, openWhole } from './whole.ts'

/** The server of somebody else, which people may sign in to as well. */
export const elsewhere = 'https://other.example/mcp'

const createRandom = () => randomBytes(32).toString('base64url')

/** Who can sign in at every issuer, and what they may let a client do. */
const people = {
  alice: { login: 'alice', password: createRandom(), may: scopes },
  bob: { login: 'bob', password: createRandom(), may: ['documents:read'] },
}
type Name = keyof typeof people

/** Where a browser is sent back to, with what a client of ours gets. */
export const redirectUri = 'http://127.0.0.1/callback'

/** A resource server, which may ask about tokens. */
export interface ResourceServer {
  id: string
  secret: string
  secretFile: string
}

/** An authorization server, with two people and two clients of ours. */
export interface Issuer {
  /** Its name, exactly as tokens say it. */
  url: string
  /** Where it keeps its state. */
  home: string
  /** Who may ask it about every token, and who about those for elsewhere. */
  office: ResourceServer
  stranger: ResourceServer
  /** How somebody signs in. */
  person(name: Name): Person
  /** Lets a client talk to it, which `trace` looks on at. */
  open(resource: string, trace?: Trace): Promise<Authority>
  /** Signs a person in, who lets a client act for them at `resource`. */
  obtain(name: Name, may: string[], resource: string): Promise<Granted>
  /** Ends what a person let a client do. */
  revoke(token: string): Promise<void>
  stop(): Promise<void>
}

/** What an issuer is to be, beside the one of the series as it is. */
export interface IssuerOptions {
  /** What it speaks TLS with, and what our clients trust. */
  pair: Pair
  /** The server that tokens are for, beside the one elsewhere. */
  resource: string
  folder?: string | undefined
  env?: Record<string, string | undefined>
}

/**
 * Starts an issuer, its state in a folder that `stop` removes.
 * @throws {NotStarted} with what it printed
 */
export const startIssuer = ({
  pair,
  resource,
  folder = issuerFolder,
  env: more = {},
}: IssuerOptions): Promise<Issuer> =>
  openWhole(async (defer) => {
    const home = await openFolder('issuer', defer)
    const port = await findPort()
    const url = `https://localhost:${port}`
    const env = {
      PORT: `${port}`,
      TLS_KEY_FILE: pair.keyFile,
      TLS_CERT_FILE: pair.certFile,
      ISSUER_URL: url,
      ISSUER_DIR: home,
      ISSUER_RESOURCES: `${resource},${elsewhere}`,
      ...more,
    }
    await addPeople(folder, home)
    const { office, stranger } = await writeClients(home)
    const { stop } = await startServer(folder, env)
    defer(stop)
    const open: Issuer['open'] = (at, trace) =>
      openAuthority({
        trace,
        issuer: url,
        clientId: 'workshop',
        redirectUri,
        resource: at,
        ca: pair.cert,
      })
    return {
      ...{ url, home, office, stranger, open },
      person: (name) => people[name],
      async obtain(name, may, at) {
        return (await open(at)).grant(people[name], may)
      },
      async revoke(token) {
        await (await open(resource)).revoke(token)
      },
    }
  })

/** Writes who is known to an issuer: two clients, and two who ask it. */
async function writeClients(home: string) {
  const createServer = async (id: string): Promise<ResourceServer> => {
    const [secret, secretFile] = [createRandom(), join(home, `${id}.secret`)]
    await writeFile(secretFile, secret, { mode: 0o600 })
    return { id, secret, secretFile }
  }
  const office = await createServer('office')
  const stranger = await createServer('elsewhere')
  const client = (client_id: string, client_name: string) => ({
    client_id,
    client_name,
    redirect_uris: [redirectUri],
  })
  const server = ({ id, secret }: ResourceServer, client_name: string) => ({
    client_id: id,
    client_name,
    secret_digest: createHash('sha256').update(secret).digest('hex'),
  })
  const clients = [
    client('workshop', 'Workshop'),
    client('other', 'Other'),
    server(office, 'Office'),
    { ...server(stranger, 'Elsewhere'), introspects: [elsewhere] },
  ]
  const file = join(home, 'clients.json')
  await writeFile(file, JSON.stringify(clients), { mode: 0o600 })
  return { office, stranger }
}

/** The people files that issuers have written, by their folders. */
const peopleFiles = new Map<string, string>()

/** Has the issuer's own command add them, which hashes passwords: once. */
async function addPeople(folder: string, home: string): Promise<void> {
  const file = join(home, 'people.json')
  const known = peopleFiles.get(folder)
  if (known) return writeFile(file, known, { mode: 0o600 })
  const [program, ...script] = runTs('bin/person.ts')
  for (const { login, password, may } of Object.values(people)) {
    const args = [...script, 'add', login, '--scope', ...may]
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...process.env, ISSUER_PEOPLE_FILE: undefined, ISSUER_DIR: home },
    })
    child.stdin.end(`${password}\n`)
    const [output, [code]] = await Promise.all([
      text(child.stderr),
      once(child, 'exit'),
    ])
    if (code !== 0) throw new NotStarted(folder, output)
  }
  peopleFiles.set(folder, await readFile(file, 'utf8'))
}

import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Documents, SignInHold } from 'guardcheck'
import { type Authority, openAuthority, startProcess } from 'guardcheck'
import { type Pair, sharedPair } from './pair.ts'
import { findPort } from './port.ts'
import { type StartedSubject, startSubject, stepFolder } from './subject.ts'

const issuerFolder = fileURLToPath(new URL('../../issuer/', import.meta.url))
const elsewhere = 'https://other.example/mcp'
const scopes = [
  'documents:read',
  'customers:read',
  'stock:read',
  'refunds:write',
]
const redirectUri = 'http://127.0.0.1/callback'
const person = {
  login: 'alice',
  password: randomBytes(16).toString('base64url'),
}
const resourceServer = (id: string) => ({
  id,
  secret: randomBytes(32).toString('base64url'),
})
const introspection = resourceServer('office')
const otherIntrospection = resourceServer('elsewhere')

/** A server with an authorization server beside it, where we can sign in. */
export interface TrustingSubject extends StartedSubject {
  options: StartedSubject['options'] & { issuer: SignInHold }
}

/**
 * Starts a server that trusts an authorization server, and that one, each
 * from a folder; a server of an earlier step does not know what to do with it.
 */
export async function startTrusting(
  folder: string = stepFolder(3),
  from: string = issuerFolder,
  env: Record<string, string> = {},
): Promise<TrustingSubject> {
  const pair = await sharedPair()
  const home = await mkdtemp(join(tmpdir(), 'guard-up-issuer-'))
  const secretFile = join(home, 'client.secret')
  await writeFile(secretFile, introspection.secret, { mode: 0o600 })
  const port = await findPort()
  const resource = `https://127.0.0.1:${port}/mcp`
  const main = await startIssuer(join(home, 'main'), pair, from, resource, env)
  const subject = await startSubject(folder, {
    PORT: `${port}`,
    PUBLIC_URL: resource,
    TLS_KEY_FILE: pair.keyFile,
    TLS_CERT_FILE: pair.certFile,
    NODE_EXTRA_CA_CERTS: pair.certFile,
    OAUTH_ISSUER: main.issuer,
    OAUTH_CLIENT_ID: introspection.id,
    OAUTH_CLIENT_SECRET_FILE: secretFile,
    OAUTH_MAX_AGE: '1',
  })
  const open = (issuer: string) => (): Promise<Authority> =>
    openAuthority({
      issuer,
      clientId: 'workshop',
      redirectUri,
      resource,
      ca: pair.cert,
    })
  const issuer: SignInHold = {
    issuer: main.issuer,
    ca: pair.cert,
    clientId: 'workshop',
    redirectUri,
    otherClientId: 'other',
    otherResource: elsewhere,
    person,
    scopes,
    introspection,
    otherIntrospection,
    limitPerson: (may) => limitPerson(join(home, 'main', 'people.json'), may),
    async startRegistering() {
      const other = await startIssuer(
        join(home, `${Math.random()}`),
        pair,
        from,
        resource,
        { ISSUER_REGISTRATION: 'on' },
      )
      return { open: open(other.issuer), stop: other.stop }
    },
    async documents(work) {
      const documents = await serveDocuments(pair)
      const other = await startIssuer(
        join(home, `${Math.random()}`),
        pair,
        from,
        resource,
        { ISSUER_CIMD_LOOPBACK: 'on', NODE_EXTRA_CA_CERTS: pair.certFile },
      )
      try {
        await work({ open: open(other.issuer), documents })
      } finally {
        await other.stop()
        documents.close()
      }
    },
  }
  return {
    options: { ...subject.options, ca: pair.cert, issuer },
    async stop() {
      await subject.stop()
      await main.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** Starts the issuer with its state in `home`. */
async function startIssuer(
  home: string,
  pair: Pair,
  folder: string,
  resource: string,
  more: Record<string, string> = {},
) {
  const port = await findPort()
  const env = {
    PORT: `${port}`,
    HOST: undefined,
    TLS_KEY_FILE: pair.keyFile,
    TLS_CERT_FILE: pair.certFile,
    ISSUER_URL: `https://localhost:${port}`,
    ISSUER_DIR: home,
    ISSUER_RESOURCES: `${resource},${elsewhere}`,
    ...more,
  }
  await addPerson(folder, env, person.login, scopes)
  await addPerson(folder, env, 'bob', ['documents:read'])
  const client = (client_id: string) => ({
    client_id,
    client_name: client_id,
    redirect_uris: [redirectUri],
  })
  const clients = [
    client('workshop'),
    client('other'),
    {
      client_id: introspection.id,
      client_name: 'Office',
      secret_digest: digestOf(introspection.secret),
    },
    {
      client_id: otherIntrospection.id,
      client_name: 'Elsewhere',
      secret_digest: digestOf(otherIntrospection.secret),
      introspects: [elsewhere],
    },
  ]
  await writeFile(join(home, 'clients.json'), JSON.stringify(clients), {
    mode: 0o600,
  })
  const outcome = await startProcess({
    command: [process.execPath, '--import', 'tsx', 'src/main.ts'],
    cwd: folder,
    env,
  })
  if (!('started' in outcome)) throw new Error(outcome.output)
  return { issuer: env.ISSUER_URL, stop: outcome.started.stop }
}

const digestOf = (secret: string) =>
  createHash('sha256').update(secret).digest('hex')

/** The entry of the person in the people files that were written to. */
const entries = new Map<string, object>()

async function limitPerson(file: string, may?: string[]): Promise<void> {
  const people: { name: string }[] = JSON.parse(await readFile(file, 'utf8'))
  const others = people.filter(({ name }) => name !== person.login)
  const own = people.find(({ name }) => name === person.login)
  if (own) entries.set(file, own)
  const entry = { ...entries.get(file), scopes: may }
  const text = JSON.stringify(may ? [entry, ...others] : others)
  await writeFile(file, text, { mode: 0o600 })
}

/** Adds the person by the issuer's own command, which hashes the password. */
async function addPerson(
  folder: string,
  env: Record<string, string | undefined>,
  login: string,
  may: string[],
): Promise<void> {
  const args = ['bin/person.ts', 'add', login, '--scope', ...may]
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
  })
  child.stdin.end(`${person.password}\n`)
  let output = ''
  child.stderr.on('data', (text) => {
    output += text
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(output)
}

/** Serves what is put there, over https. */
async function serveDocuments(
  pair: Pair,
): Promise<Documents & { close(): void }> {
  const answers = new Map<string, Parameters<Documents['put']>[1]>()
  const server = createHttpsServer(
    { key: pair.key, cert: pair.cert },
    (req, res) => {
      const answer = answers.get(`${req.url}`)
      const {
        status = 200,
        headers,
        body,
      } = answer ?? { status: 404, body: '' }
      const type = { 'Content-Type': 'application/json' }
      res.writeHead(status, { ...type, ...headers }).end(body)
    },
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const url = (path: string) => `https://localhost:${port}${path}`
  return {
    url,
    put(path, answer) {
      answers.set(path, answer)
      return url(path)
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import * as oauth from 'oauth4webapi'
import { generate } from 'selfsigned'
import { hashPassword } from '../src/passwords.ts'
import { Browser, createFetch } from './wire.ts'

export const home = fileURLToPath(new URL('..', import.meta.url))
export const folder = mkdtempSync(join(tmpdir(), 'guard-up-issuer-'))
export const resource = 'https://localhost:3003/mcp'
export const otherResource = 'https://localhost:3003/other'

const extra = (name: string, content: string) => {
  const file = join(folder, name)
  writeFileSync(file, content, { mode: 0o600 })
  return file
}

export const pem = await generate(
  [{ name: 'commonName', value: 'localhost' }],
  {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  },
)
export const ca = pem.cert
export const tls = {
  TLS_KEY_FILE: extra('key.pem', pem.private),
  TLS_CERT_FILE: extra('cert.pem', pem.cert),
}
export const trust = extra('ca.pem', pem.cert)
export const send = createFetch(ca)

/** Quick to check: these passwords guard nothing. */
const cheap = { N: 2 ** 14, r: 8, p: 1 }

/** The passwords of two people. */
export const passwords = { alice: 'alice-in-a-test', bob: 'bob-in-a-test' }
const people = [
  {
    name: 'alice',
    password: await hashPassword(passwords.alice, cheap),
    scopes: ['documents:read', 'customers:read', 'stock:read', 'refunds:write'],
  },
  {
    name: 'bob',
    password: await hashPassword(passwords.bob, cheap),
    scopes: ['documents:read'],
  },
]
export const peopleFile = extra('people.json', JSON.stringify(people))

/** A server of this package in a process of its own. */
export interface Issuer {
  url: string
  child: ChildProcess
  folder: string
  stderr: () => string
  stdout: () => string
  stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

let count = 0

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

export async function startIssuer(
  env: Record<string, string> = {},
): Promise<Issuer> {
  count += 1
  const state = env.ISSUER_DIR ?? join(folder, `state-${count}`)
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    cwd: home,
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      ISSUER_DIR: state,
      ISSUER_PEOPLE_FILE: peopleFile,
      ISSUER_RESOURCES: `${resource},${otherResource}`,
      NODE_EXTRA_CA_CERTS: trust,
      ...tls,
      ...env,
    },
  })
  let stdout = ''
  let stderr = ''
  child.stderr.on('data', (bytes) => {
    stderr += bytes
  })
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode) return child.exitCode
    child.kill(signal)
    const [code] = await once(child, 'exit')
    return code
  }
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (bytes) => {
      stdout += bytes
      if (stdout.includes('\n')) resolve()
    })
    child.once('exit', () => reject(new Error(`no start: ${stderr}`)))
  })
  return {
    url: stdout.trim(),
    child,
    folder: state,
    stop,
    stderr: () => stderr,
    stdout: () => stdout,
  }
}

/** Runs a script of this package to its end. */
export async function run(
  script: string,
  env: Record<string, string>,
  args: string[] = [],
  input = '',
) {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    cwd: home,
    env: { PATH: process.env.PATH, ...env },
    // A server that starts after all must not outlive its test.
    timeout: 20_000,
  })
  child.stdin.end(input)
  const exit = once(child, 'exit')
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
  ])
  const [status] = await exit
  return { status, stdout, stderr }
}

export const cleanUp = () => rmSync(folder, { recursive: true, force: true })

export const options = { [oauth.customFetch]: send }

/** What the token endpoint may say, right or wrong. */
interface Said {
  access_token: string
  refresh_token: string
  token_type: string
  expires_in: number
  scope: string
  error: string
}

/** One browser a person and server: whoever logged in stays so. */
const browsers = new Map<string, Browser>()

export function browserOf(as: oauth.AuthorizationServer, person: string) {
  const key = `${as.issuer} ${person}`
  const browser = browsers.get(key) ?? new Browser(send)
  browsers.set(key, browser)
  return browser
}

/** A client of an issuer, as an application would use it. */
export class Client {
  readonly as: oauth.AuthorizationServer
  readonly client: oauth.Client
  readonly redirect: string
  verifier = oauth.generateRandomCodeVerifier()
  state = oauth.generateRandomState()

  constructor(
    as: oauth.AuthorizationServer,
    id = 'workshop',
    redirect = 'http://127.0.0.1:43210/callback',
  ) {
    this.as = as
    this.client = { client_id: id }
    this.redirect = redirect
  }

  static async of(issuer: Issuer, ...more: [id?: string, redirect?: string]) {
    const url = new URL(issuer.url)
    const res = await oauth.discoveryRequest(url, {
      ...options,
      algorithm: 'oauth2',
    })
    return new Client(await oauth.processDiscoveryResponse(url, res), ...more)
  }

  /** Where the browser is sent; a field that is '' is left out. */
  async url(fields: Record<string, string> = {}): Promise<string> {
    const url = new URL(this.as.authorization_endpoint as string)
    const all = {
      client_id: this.client.client_id,
      response_type: 'code',
      redirect_uri: this.redirect,
      code_challenge: await oauth.calculatePKCECodeChallenge(this.verifier),
      code_challenge_method: 'S256',
      state: this.state,
      scope: 'documents:read',
      resource,
      ...fields,
    }
    for (const [name, value] of Object.entries(all)) {
      if (value) url.searchParams.set(name, value)
    }
    return url.href
  }

  /** Sends a person through, and answers what came back to the client. */
  async authorize(
    fields: Record<string, string> = {},
    person: keyof typeof passwords = 'alice',
    browser = browserOf(this.as, person),
  ): Promise<URLSearchParams> {
    const back = await browser.allow(
      await this.url(fields),
      person,
      passwords[person],
    )
    return oauth.validateAuthResponse(
      this.as,
      this.client,
      new URL(back),
      this.state,
    )
  }

  /** Asks the token endpoint, and answers whatever it says. */
  async token(fields: Record<string, string>, init: RequestInit = {}) {
    const res = await send(this.as.token_endpoint as string, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        client_id: this.client.client_id,
        ...fields,
      }).toString(),
      ...init,
    })
    return {
      ...((await res.json()) as Said),
      status: res.status,
      headers: res.headers,
    }
  }

  redeem(params: URLSearchParams, fields: Record<string, string> = {}) {
    return this.token({
      grant_type: 'authorization_code',
      code: params.get('code') ?? '',
      redirect_uri: this.redirect,
      code_verifier: this.verifier,
      ...fields,
    })
  }

  refresh(token: string, fields: Record<string, string> = {}) {
    return this.token({
      grant_type: 'refresh_token',
      refresh_token: token,
      ...fields,
    })
  }

  async login(
    fields: Record<string, string> = {},
    person: keyof typeof passwords = 'alice',
  ) {
    return this.redeem(await this.authorize(fields, person))
  }
}

/** What an issuer tells a resource server about a token. */
export async function introspect(
  { url, folder }: Issuer,
  token: string,
  secret = readFileSync(join(folder, 'office.secret'), 'utf8'),
): Promise<Record<string, unknown>> {
  const res = await send(`${url}/introspect`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`office:${secret}`)}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ token }).toString(),
  })
  const said = (await res.json()) as Record<string, unknown>
  return { ...said, status: res.status }
}

import { execFile } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import {
  createPair,
  findPort,
  openFolder,
  openWhole,
  type Pair,
  startServer,
  stepFolder,
} from '@guard-up/lab'
import { type LyingIssuer, openLiar, type StartedProcess } from 'guardcheck'

export const run = promisify(execFile)

/** What became of one call. */
export interface Sent {
  /** Whether the connection was made: the server has taken it on. */
  connected: boolean
  /** The status of the answer; 0 where none came. */
  status: number
  /** Milliseconds until the answer was there whole. */
  ms: number
  /** Which certificate was shown. */
  shown?: string | undefined
}

/** Step 3 with an issuer, a token of its own, and who calls it. */
export interface Day {
  /** Where the server has its key and certificate, and all it writes. */
  home: string
  /** The folder of the token file, and the file. */
  folder: string
  file: string
  port: number
  /** The pair that the server starts with, and one to put in its place. */
  pair: Pair
  other: Pair
  liar: LyingIssuer
  server: StartedProcess
  /** What a token for the server says. */
  claims: { aud: string; scope: string }
  /** A new JWT of the issuer. */
  mint(): Promise<string>
  /** Runs the `key` command of step 2. */
  key(...args: string[]): Promise<string>
  /** One call of a tool, on a connection of its own; with the named token. */
  call(token?: string): Promise<Sent>
  /** Calls from four sides until it is stopped. */
  load(): () => Promise<Sent[]>
  close(): Promise<void>
}

/**
 * Prints what was found, and hands it to whoever asked for a record: a line of
 * JSON in the file that `FAULTS_FILE` names.
 */
export function report(id: string, figures: Record<string, number>): void {
  const told = Object.entries(figures).map(([name, it]) => `${name} ${it}`)
  console.log(`${id}: ${told.join(', ')}`)
  const { FAULTS_FILE: file } = process.env
  if (file) appendFileSync(file, `${JSON.stringify({ id, figures })}\n`)
}

/** How many calls there were, and how many were not answered 200. */
export const countOf = (sent: Sent[]) => ({
  calls: sent.length,
  failed: lostOf(sent).length,
})

export const lostOf = (sent: Sent[]) =>
  sent.filter(({ status }) => status !== 200)

/** Megabytes that a server holds. */
export async function weigh({ pid }: StartedProcess): Promise<number> {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', `${pid}`])
  return Math.round(Number(stdout) / 1024)
}

/** How many sockets a server has open, as Linux tells. */
export function socketsOf({ pid }: StartedProcess): number {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).filter((name) => {
    try {
      return readlinkSync(join(folder, name)).startsWith('socket:')
    } catch {
      // It was closed meanwhile.
      return false
    }
  }).length
}

const body = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'read_document', arguments: { path: '.' } },
})

/** Calls that are under way at most. */
const sides = 4

/** Starts step 3 in a folder of its own, with more in its environment. */
export async function openDay(
  moreIn: (home: string) => Record<string, string> = () => ({}),
): Promise<Day> {
  const { day, stop } = await openWhole(async (defer) => {
    const home = await openFolder('day', defer)
    const [folder, elsewhere] = [join(home, 'tokens'), join(home, 'other')]
    const file = join(folder, 'tokens.json')
    mkdirSync(folder)
    mkdirSync(elsewhere)
    const pair = await createPair(home)
    // Two of one name, each of which vouches for itself, hide each other.
    const other = await createPair(elsewhere, 'other.example')
    const ca = [pair.cert, other.cert]
    const key: Day['key'] = async (...args) => {
      const command = ['--import', 'tsx', 'bin/key.ts', ...args]
      const env = { ...process.env, MCP_TOKENS_FILE: file }
      const cwd = stepFolder(2)
      return (await run(process.execPath, command, { cwd, env })).stdout.trim()
    }
    const secret = await key('mint', 'desk', '--scope', 'documents:read')
    const port = await findPort()
    const url = `https://127.0.0.1:${port}/mcp`
    // A test puts another one in its place.
    const held = { liar: await openLiar() }
    defer(() => held.liar.close())
    const { liar } = held
    const secretFile = join(home, 'client.secret')
    writeFileSync(secretFile, liar.client.secret, { mode: 0o600 })
    const server = await startServer(stepFolder(3), {
      PORT: `${port}`,
      PUBLIC_URL: url,
      MCP_TOKENS_FILE: file,
      TLS_KEY_FILE: pair.keyFile,
      TLS_CERT_FILE: pair.certFile,
      OFFICE_DIR: join(home, 'office'),
      OAUTH_ISSUER: liar.url,
      OAUTH_CLIENT_ID: liar.client.id,
      OAUTH_CLIENT_SECRET_FILE: secretFile,
      OAUTH_MAX_AGE: '1',
      GUESSES_PER_MINUTE: '100000',
      ...moreIn(home),
    })
    defer(server.stop)
    const call: Day['call'] = (token = secret) =>
      new Promise((resolve) => {
        const start = performance.now()
        const sent: Sent = { connected: false, status: 0, ms: 0 }
        const end = (status = 0) =>
          resolve({ ...sent, status, ms: performance.now() - start })
        const headers = {
          Authorization: `Bearer ${token}`,
          Accept: 'application/json, text/event-stream',
          'Content-Type': 'application/json',
        }
        const options = { method: 'POST', agent: false, ca, servername: '' }
        const asked = request(url, { ...options, headers })
        asked.on('socket', (socket) =>
          socket.once('secureConnect', () => {
            sent.connected = true
            sent.shown = (socket as TLSSocket).getPeerCertificate().serialNumber
          }),
        )
        asked.on('response', (answer) => {
          answer.resume()
          answer.on('end', () => end(answer.statusCode))
          answer.on('error', () => end())
        })
        asked.on('error', () => end())
        asked.end(body)
      })
    const claims = { aud: url, scope: 'documents:read' }
    const load: Day['load'] = () => {
      const sent: Sent[] = []
      let going = true
      const senders = Array.from({ length: sides }, async () => {
        while (going) {
          sent.push(await call())
          await setTimeout(10)
        }
      })
      return async () => {
        going = false
        await Promise.all(senders)
        return sent
      }
    }
    const day = Object.assign(held, {
      ...{ home, folder, file, port, pair, other, server, claims },
      ...{ mint: () => held.liar.mint(claims), key, call, load },
    })
    return { day }
  })
  return Object.assign(day, { close: stop })
}

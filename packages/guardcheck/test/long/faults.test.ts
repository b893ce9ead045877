// Step 3 on bad days: each ends in a figure that is printed.
import { execFile } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLiar } from '../../src/liar.ts'
import { type StartedProcess, startProcess } from '../../src/process.ts'
import { createPair } from '../pair.ts'
import { findPort } from '../ports.ts'
import { stepFolder } from '../subjects.ts'

const run = promisify(execFile)
const home = mkdtempSync(join(tmpdir(), 'guard-up-faults-'))
const folder = join(home, 'tokens')
const file = join(folder, 'tokens.json')
mkdirSync(folder)
const pair = await createPair()
// Two of one name, each of which vouches for itself, hide each other.
const other = await createPair(undefined, 'other.example')
const ca = [pair.cert, other.cert]

/** Calls that are under way at most. */
const sides = 4
/** Seconds for which calls are sent without a pause. */
const soak = 60

let liar = await openLiar()
let secret = ''
let port = 0
let server: StartedProcess

const key = async (...args: string[]): Promise<string> => {
  const command = ['--import', 'tsx', 'bin/key.ts', ...args]
  const env = { ...process.env, MCP_TOKENS_FILE: file }
  const cwd = stepFolder(2)
  return (await run(process.execPath, command, { cwd, env })).stdout.trim()
}

const start = async (): Promise<StartedProcess> => {
  const outcome = await startProcess({
    command: [process.execPath, '--import', 'tsx', 'src/main.ts'],
    cwd: stepFolder(3),
    env: {
      PORT: `${port}`,
      PUBLIC_URL: `https://127.0.0.1:${port}/mcp`,
      MCP_TOKENS: undefined,
      MCP_TOKENS_FILE: file,
      TLS_KEY_FILE: join(home, 'key.pem'),
      TLS_CERT_FILE: join(home, 'cert.pem'),
      OFFICE_DIR: join(home, 'office'),
      OAUTH_ISSUER: liar.url,
      OAUTH_MAX_AGE: '1',
      GUESSES_PER_MINUTE: '100000',
    },
  })
  if (!('started' in outcome)) throw new Error(outcome.output)
  return outcome.started
}

beforeAll(async () => {
  copyFileSync(pair.keyFile, join(home, 'key.pem'))
  copyFileSync(pair.certFile, join(home, 'cert.pem'))
  secret = await key('mint', 'desk', '--scope', 'documents:read')
  port = await findPort()
  server = await start()
}, 60_000)
afterAll(async () => {
  await server?.stop()
  await liar.close()
  for (const it of [pair, other]) await it.remove()
  rmSync(home, { recursive: true, force: true })
})

interface Sent {
  /** Whether the connection was made: the server has taken it on. */
  connected: boolean
  /** The status of the answer; 0 where none came. */
  status: number
  /** Which certificate was shown. */
  shown?: string | undefined
}

const body = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'read_document', arguments: { path: '.' } },
})

/** One call of a tool, on a connection of its own. */
const call = (token = secret): Promise<Sent> =>
  new Promise((resolve) => {
    const sent: Sent = { connected: false, status: 0 }
    const options = {
      method: 'POST',
      agent: false,
      ca,
      servername: '',
      headers: {
        Authorization: `Bearer ${token}`,
        Accept: 'application/json, text/event-stream',
        'Content-Type': 'application/json',
      },
    }
    const asked = request(`https://127.0.0.1:${port}/mcp`, options)
    asked.on('socket', (socket) =>
      socket.once('secureConnect', () => {
        sent.connected = true
        sent.shown = (socket as TLSSocket).getPeerCertificate().serialNumber
      }),
    )
    asked.on('response', (answer) => {
      answer.resume()
      answer.on('end', () =>
        resolve({ ...sent, status: answer.statusCode ?? 0 }),
      )
      answer.on('error', () => resolve(sent))
    })
    asked.on('error', () => resolve(sent))
    asked.end(body)
  })

/** Calls from several sides until it is stopped. */
const load = () => {
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

const lostOf = (sent: Sent[]) => sent.filter(({ status }) => status !== 200)

/** What a disk is like for one process, which a namespace of its own sees. */
const disks = {
  EROFS: 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"',
  ENOSPC:
    'cp "$1/tokens.json" "$1/../kept" && ' +
    'mount -t tmpfs -o size=4k,mode=700 tmpfs "$1" && ' +
    'install -m 600 "$1/../kept" "$1/tokens.json"',
}

const noNamespace = await run('unshare', ['-rm', 'true']).then(
  () => '',
  () => 'A disk cannot be made full for one process: unshare -rm fails.',
)
if (noNamespace) console.warn(`Skipped: ${noNamespace}`)

test.skipIf(noNamespace).each(Object.entries(disks))(
  'a rotation that the disk refuses with %s says so and changes nothing',
  async (code, mount) => {
    const before = readFileSync(file, 'utf8')
    const stop = load()
    const rotate = 'exec "$0" --import tsx bin/key.ts --lang en rotate desk'
    const rotated = await run(
      'unshare',
      ['-rm', 'sh', '-c', `${mount} && ${rotate}`, process.execPath, folder],
      {
        cwd: stepFolder(2),
        env: { ...process.env, MCP_TOKENS_FILE: file },
      },
    ).catch((failed: { stdout: string; stderr: string }) => failed)
    const sent = await stop()
    console.log(
      `${code}: ${lostOf(sent).length} of ${sent.length} calls failed`,
    )
    expect(rotated.stdout).toBe('')
    expect(rotated.stderr).toBe(`${file} cannot be written (${code}).\n`)
    expect(readFileSync(file, 'utf8')).toBe(before)
    expect(lostOf(sent)).toEqual([])
  },
)

test('a certificate that is replaced under load costs no call', async () => {
  const stop = load()
  await setTimeout(500)
  const written = Date.now()
  // In either order: what does not fit together yet never counts.
  for (const [from, to] of [
    [other.keyFile, 'key.pem'],
    [other.certFile, 'cert.pem'],
  ] as const) {
    writeFileSync(join(home, `${to}.new`), readFileSync(from), { mode: 0o600 })
    renameSync(join(home, `${to}.new`), join(home, to))
  }
  const { shown: before } = await call()
  let after = before
  while (after === before && Date.now() - written < 5_000) {
    await setTimeout(50)
    after = (await call()).shown
  }
  const took = Date.now() - written
  const sent = await stop()
  console.log(
    `certificate: shown after ${took} ms, ` +
      `${lostOf(sent).length} of ${sent.length} calls failed`,
  )
  expect(after).not.toBe(before)
  expect(lostOf(sent)).toEqual([])
})

test('an issuer that goes and comes back costs no call with a named token', async () => {
  const claims = {
    aud: `https://127.0.0.1:${port}/mcp`,
    scope: 'documents:read',
  }
  expect((await call(await liar.mint(claims))).status).toBe(200)
  const stop = load()
  const place = Number(new URL(liar.url).port)
  await liar.close()
  await setTimeout(2_000)
  const gone = await call(await liar.mint(claims))
  liar = await openLiar(undefined, place)
  const back = Date.now()
  let status = 0
  while (status !== 200 && Date.now() - back < 20_000) {
    await setTimeout(100)
    status = (await call(await liar.mint(claims))).status
  }
  const took = Date.now() - back
  const sent = await stop()
  console.log(
    `issuer: ${gone.status} while it was gone, ` +
      `its tokens count ${took} ms after it is back, ` +
      `${lostOf(sent).length} of ${sent.length} calls failed`,
  )
  expect(gone.status).not.toBe(200)
  expect(status).toBe(200)
  expect(lostOf(sent)).toEqual([])
})

test('a minute of calls leaves the memory flat', async () => {
  /** Resident megabytes. */
  const weigh = async () => {
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', `${server.pid}`])
    return Number(stdout) / 1024
  }
  const stop = load()
  const weights: number[] = []
  for (let second = 0; second < soak; second += 1) {
    await setTimeout(1_000)
    weights.push(await weigh())
  }
  const sent = await stop()
  const median = (list: number[]) =>
    list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
  const third = Math.floor(soak / 3)
  const [early, late] = [weights.slice(third, 2 * third), weights.slice(-third)]
  const growth = median(late) / median(early)
  console.log(
    `soak: ${sent.length} calls in ${soak} s, ${lostOf(sent).length} failed, ` +
      `${median(early).toFixed(0)} MB, then ${median(late).toFixed(0)} MB`,
  )
  expect(lostOf(sent)).toEqual([])
  expect(growth).toBeLessThan(1.2)
})

test('SIGTERM under load cuts no call that was taken on', async () => {
  const stop = load()
  await setTimeout(500)
  const asked = Date.now()
  process.kill(server.pid, 'SIGTERM')
  const code = await server.ended
  const took = Date.now() - asked
  const sent = await stop()
  const cut = lostOf(sent).filter(({ connected }) => connected)
  console.log(
    `SIGTERM: ended after ${took} ms with ${code}, ` +
      `${cut.length} of ${sent.length} calls cut`,
  )
  expect(code).toBe(0)
  expect(cut).toEqual([])
  expect(sent.length - lostOf(sent).length).toBeGreaterThan(10)
})

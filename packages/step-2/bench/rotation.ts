/**
 * How many requests fail while a caller's secret is rotated again and again.
 * The real server, the real key command, one caller who switches meanwhile.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const seconds = 20
/** Requests a second, due whether or not the last ones were answered. */
const rate = 550
const rotations = 6
/** Requests under way at most: a slow machine sends fewer than are due. */
const atOnce = 64
/** Milliseconds that both secrets work. */
const overlap = 6000

const step = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'guard-up-bench-'))
const env: NodeJS.ProcessEnv = {
  ...process.env,
  PORT: '0',
  MCP_TOKENS: '',
  MCP_TOKENS_FILE: join(folder, 'tokens.json'),
  OFFICE_DIR: join(folder, 'office'),
}
const run = promisify(execFile)

async function key(...args: string[]): Promise<string> {
  const command = ['--import', 'tsx', 'bin/key.ts', ...args]
  const { stdout } = await run(process.execPath, command, { cwd: step, env })
  return stdout.trim()
}

let secret = await key('mint', 'desk')
const server = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
  cwd: step,
  env,
  stdio: ['ignore', 'pipe', 'ignore'],
})
const [line] = await once(server.stdout, 'data')
const url = `${line}`.trim()

// Each connection in turn: an idle one is closed by the server after 5 s,
// perhaps just as it is used again, and no rotation has lost that request.
const agent = new Agent({
  keepAlive: true,
  maxSockets: atOnce,
  scheduling: 'fifo',
})
const body = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
const failures = new Map<string, number>()
const times: number[] = []
/** Milliseconds from a rotation's end until the server took the new secret. */
const delays: number[] = []
let sent = 0

/** The status of the answer to a ping, or what went wrong. */
function ask(secret: string): Promise<string> {
  const headers = {
    authorization: `Bearer ${secret}`,
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  }
  return new Promise((resolve) => {
    request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(`${response.statusCode}`))
    })
      .on('error', ({ message }) => resolve(message))
      .end(body)
  })
}

/** Sends one ping; its time runs from when it was due. */
async function ping(due: number): Promise<void> {
  sent += 1
  const found = await ask(secret)
  if (found !== '200') failures.set(found, (failures.get(found) ?? 0) + 1)
  times.push(performance.now() - due)
}

async function sendAll(): Promise<number> {
  const start = performance.now()
  const pending = new Set<Promise<void>>()
  for (let count = 0; count < rate * seconds; count += 1) {
    const due = start + (count * 1000) / rate
    if (due > performance.now()) await setTimeout(due - performance.now())
    // A queue would send a secret long after it was chosen.
    while (pending.size >= atOnce) await Promise.race(pending)
    const answer = ping(due).then(() => void pending.delete(answer))
    pending.add(answer)
  }
  await Promise.all(pending)
  return (performance.now() - start) / 1000
}

async function rotateAll(): Promise<void> {
  const pause = (seconds * 1000) / rotations
  const start = performance.now()
  for (let count = 0; count < rotations; count += 1) {
    await setTimeout(start + count * pause - performance.now())
    const args = ['rotate', 'desk', '--overlap', `${overlap}ms`]
    const fresh = await key(...args)
    const rotated = performance.now()
    // Within a second, or later on a busy machine; a person takes longer.
    while ((await ask(fresh)) !== '200') {
      if (performance.now() - rotated > overlap) break
      await setTimeout(100)
    }
    delays.push(performance.now() - rotated)
    secret = fresh
  }
}

try {
  // As warm as a server that has run for a while.
  for (let count = 0; count < 1000; count += 1) await ping(performance.now())
  // Node takes one new connection in a turn of its loop: those that come all
  // at once to a busy server wait longer than two secrets work side by side.
  await Promise.all(Array.from({ length: atOnce }, () => ping(0)))
  sent = 0
  times.length = 0
  const [took] = await Promise.all([sendAll(), rotateAll()])
  times.sort((a, b) => a - b)
  const percentile = (share: number) =>
    (times[Math.floor(times.length * share)] ?? 0).toFixed(1)
  const failed = [...failures.values()].reduce((sum, count) => sum + count, 0)
  console.log(`${sent} sent, ${failed} failed, ${rotations} rotations`)
  console.log(`${Math.floor(sent / took)} a second, ${rate} were due`)
  console.log(
    `a new secret is taken after ${Math.max(...delays) | 0} ms at most`,
  )
  console.log(`p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms`)
  for (const [failure, count] of failures) console.log(`${failure}: ${count}`)
} finally {
  agent.destroy()
  server.kill()
  await once(server, 'close')
  rmSync(folder, { recursive: true, force: true })
}

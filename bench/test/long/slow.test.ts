// Step 3 beside others that take their time: an issuer, and clients.

import { setTimeout } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { medianOf } from '../../src/rounds.ts'
import {
  countOf,
  type Day,
  lostOf,
  openDay,
  report,
  type Sent,
  socketsOf,
  weigh,
} from './day.ts'

/** Clients that are slow at the same time. */
const crowd = 200
/** Milliseconds that a client has for its part, and a few to be cut in. */
const patience = 15_000

let day: Day
beforeAll(async () => {
  day = await openDay()
})
afterAll(() => day?.close())

const msOf = (sent: Sent[]) => medianOf(sent.map(({ ms }) => Math.round(ms)))

/** What a moment of calls is like with nobody beside them. */
async function measureAlone(): Promise<number> {
  const stop = day.load()
  await setTimeout(2_000)
  return msOf(await stop())
}

test('a slow issuer is waited for by its own tokens only, and 5 s at most', async () => {
  const opaque = day.liar.issueOpaque(day.claims)
  const alone = await measureAlone()
  // What it was asked before counts for a second.
  await setTimeout(1_100)
  day.liar.setDelay(1_500)
  const stop = day.load()
  const [jwt, told] = await Promise.all([
    day.call(await day.mint()),
    day.call(opaque),
  ])
  day.liar.setDelay(7_000)
  await setTimeout(1_100)
  const late = await day.call(await day.mint())
  day.liar.setDelay(0)
  const sent = await stop()
  report('issuer-slow', {
    jwt: Math.round(jwt.ms),
    opaque: Math.round(told.ms),
    status: late.status,
    ms: Math.round(late.ms),
    ...countOf(sent),
    alone,
    beside: msOf(sent),
  })
  expect([jwt.status, told.status]).toEqual([200, 200])
  expect(late.status).toBe(503)
  expect(late.ms).toBeLessThan(10_000)
  expect(lostOf(sent)).toEqual([])
})

test('new signing keys of the issuer cost nobody a call', async () => {
  expect((await day.call(await day.mint())).status).toBe(200)
  const stop = day.load()
  await day.liar.rotate()
  const start = performance.now()
  let { status } = await day.call(await day.mint())
  while (status !== 200 && performance.now() - start < 20_000) {
    await setTimeout(50)
    status = (await day.call(await day.mint())).status
  }
  const ms = Math.round(performance.now() - start)
  const sent = await stop()
  report('issuer-keys', { ms, ...countOf(sent) })
  expect(status).toBe(200)
  expect(lostOf(sent)).toEqual([])
})

/** The beginning of a request, and the lines that end its head. */
const headOf = (line: string, ...lines: string[]) =>
  [line, `Host: ${new URL(day.claims.aud).host}`, ...lines, ''].join('\r\n')

/** What slow clients do with a connection, until it ends. */
const manners: Record<string, (socket: TLSSocket) => void> = {
  // A byte a second, of a head that never ends.
  writers(socket) {
    socket.write(headOf('POST /mcp HTTP/1.1'))
    const timer = setInterval(() => socket.write('X'), 1_000)
    socket.on('close', () => clearInterval(timer))
  },
  // A body that was announced and stops: it is refused, and still waited for.
  stallers(socket) {
    socket.resume()
    socket.write(headOf('POST /mcp HTTP/1.1', 'Content-Length: 1000', '', '{'))
  },
  // Answers that are asked for and never read.
  readers(socket) {
    socket.pause()
    const path = '/.well-known/oauth-protected-resource/mcp'
    socket.write(headOf(`GET ${path} HTTP/1.1`, '').repeat(10))
  },
}

const noProc = process.platform === 'linux' ? '' : 'there is no /proc.'
if (noProc) console.warn(`Slow clients are skipped: ${noProc}`)

test.skipIf(noProc).each(Object.entries(manners))(
  'slow %s are let go in time, and nobody waits for them',
  async (name, behave) => {
    const alone = await measureAlone()
    const before = await weigh(day.server)
    const idle = socketsOf(day.server)
    const port = Number(new URL(day.claims.aud).port)
    const sockets = Array.from({ length: crowd }, () => {
      const socket = connect({ host: '127.0.0.1', port, ca: day.pair.cert })
      socket.on('error', () => {})
      socket.once('secureConnect', () => behave(socket))
      return socket
    })
    await setTimeout(2_000)
    const most = socketsOf(day.server)
    const start = performance.now()
    const stop = day.load()
    let weight = 0
    // The calls beside them hold a few.
    while (socketsOf(day.server) > idle + 10) {
      if (performance.now() - start > 2 * patience) break
      weight = Math.max(weight, await weigh(day.server))
      await setTimeout(250)
    }
    const ms = Math.round(performance.now() - start) + 2_000
    const sent = await stop()
    for (const socket of sockets) socket.destroy()
    const grown = Math.max(0, Math.round(weight - before))
    const beside = msOf(sent)
    report(name, { crowd, ms, ...countOf(sent), alone, beside, grown })
    expect(most).toBeGreaterThan(idle + crowd / 2)
    expect(lostOf(sent)).toEqual([])
    expect(ms).toBeLessThan(patience)
  },
)

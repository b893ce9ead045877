import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { createSecret } from '@guard-up/lab'
import type { Findings, Scale } from './results.ts'
import { type Cost, list, measureAll, spread } from './rounds.ts'
import type { Bench } from './servers.ts'
import { type Subject, startSafe, startStep } from './subjects.ts'

const size = 10 * 1024 * 1024

/** What a server reads of a large body that a wrong secret came with. */
export async function measureBody(
  bench: Bench,
  scale: Scale,
): Promise<Findings> {
  const subjects = [await startStep(bench, 1), await startStep(bench, 2)]
  subjects.push(await startSafe(bench))
  const candidates = subjects.flatMap((subject, index) => [
    { id: `step-${index + 1}`, measure: () => send(subject, size) },
    { id: `step-${index + 1}-stalled`, measure: () => send(subject, 1) },
  ])
  const costs = await measureAll(candidates, scale)
  const counts: Record<string, number> = {}
  for (const step of ['step-1', 'step-2', 'step-3']) {
    // Of all rounds, the one in which it read most.
    counts[`${step}-bytes`] = spread(list(costs, step, 'bytes')).max
    const lost = list(costs, step, 'lost')
    const share = lost.filter(Boolean).length / lost.length
    counts[`${step}-lost`] = Math.round(share * 100)
    const stalled = list(costs, `${step}-stalled`)
    counts[`${step}-stalled-ms`] = spread(stalled).median
  }
  return { counts }
}

/**
 * Sends that much of the body, with a wrong secret; answers what the server
 * had read in all when it closed, and the milliseconds until it answered,
 * and whether that answer was lost on its way.
 */
async function send(subject: Subject, length: number): Promise<Cost> {
  const { url, ca, read } = subject
  const before = await read('bytes')
  const place = { host: url.hostname, port: Number(url.port) }
  const socket: Socket = ca ? connectTls({ ...place, ca }) : connect(place)
  const closed = new Promise<void>((resolve) => socket.once('close', resolve))
  // Written to one who has closed: what was answered is there all the same.
  socket.on('error', () => {})
  const start = performance.now()
  socket.write(
    [
      'POST /mcp HTTP/1.1',
      `Host: ${url.host}`,
      `Authorization: Bearer ${createSecret()}`,
      'Content-Type: application/json',
      'X-Forwarded-Proto: https',
      `Content-Length: ${size}`,
      '\r\n',
    ].join('\r\n'),
  )
  const chunk = Buffer.alloc(Math.min(length, 64 * 1024), 0x20)
  let left = length
  const pour = () => {
    while (left > 0 && !socket.destroyed) {
      left -= chunk.length
      if (!socket.write(chunk)) return socket.once('drain', pour)
    }
    return undefined
  }
  pour()
  const answer = await new Promise<string>((resolve) => {
    socket.once('data', (bytes) => resolve(bytes.toString('latin1')))
    closed.then(() => resolve(''))
  })
  const ms = performance.now() - start
  // A reset may overtake the answer of a server that stopped reading.
  if (answer && !answer.startsWith('HTTP/1.1 401')) {
    throw new Error(`A wrong secret was answered ${answer.slice(9, 12)}.`)
  }
  const isClosed = closed.then(() => true)
  const isLate = setTimeout(5000, false, { ref: false })
  if (!(await Promise.race([isClosed, isLate]))) {
    socket.destroy()
    throw new Error('The server kept the connection of a refused body.')
  }
  for (let look = 0; look < 50; look += 1) {
    const bytes = (await read('bytes')) - before
    if (bytes > 0) return { ms, bytes, lost: answer ? 0 : 1 }
    await setTimeout(20)
  }
  throw new Error('The server has not seen that the connection ended.')
}

// Generates load, in a process of its own, and with a client that costs little:
// it shares the machine with the server that is measured.
import { Pool } from 'undici'

/** Whom to call, and over how many connections at once. */
export interface Target {
  /** Connections are kept from batch to batch by this name. */
  id: string
  url: string
  ca?: string
  connections: number
}

/** What to send, and what has to come back. */
export interface Batch {
  /** Each call takes the next one; the first again after the last. */
  secrets: string[]
  calls: number
  body: string
  status: number
}

export interface Outcome {
  /** Milliseconds that the whole batch took. */
  ms: number
}

const pools = new Map<string, Pool>()

function poolOf({ id, ca, connections, url }: Target): Pool {
  const known = pools.get(id)
  if (known) return known
  const pool = new Pool(new URL(url).origin, { connections, connect: { ca } })
  pools.set(id, pool)
  return pool
}

/** Sends one call; answers its status when the whole answer was read. */
async function send(
  target: Target,
  secret: string,
  body: string,
): Promise<number> {
  const { statusCode, body: answer } = await poolOf(target).request({
    path: new URL(target.url).pathname,
    method: 'POST',
    headers: {
      Authorization: `Bearer ${secret}`,
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
      // As the proxy says that ends TLS before it.
      'X-Forwarded-Proto': 'https',
    },
    body,
  })
  await answer.dump()
  return statusCode
}

async function sendAll(target: Target, batch: Batch): Promise<Outcome> {
  const { secrets, calls, body, status } = batch
  let sent = 0
  const work = async () => {
    while (sent < calls) {
      const secret = secrets[sent % secrets.length] ?? ''
      sent += 1
      const got = await send(target, secret, body)
      if (got !== status) {
        throw new Error(`${target.id} answered ${got} instead of ${status}.`)
      }
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: target.connections }, work))
  return { ms: performance.now() - start }
}

interface Question {
  id: number
  target: Target
  batch: Batch
}

process.on('message', ({ id, target, batch }: Question) => {
  sendAll(target, batch).then(
    (value) => process.send?.({ id, value }),
    ({ message }: Error) => process.send?.({ id, error: message }),
  )
})

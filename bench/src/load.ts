// Generates load, in a process of its own.
import { Agent as PlainAgent, request as requestPlain } from 'node:http'
import { request as requestTls, Agent as TlsAgent } from 'node:https'

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

const agents = new Map<string, PlainAgent>()

function agentOf({ id, ca, connections, url }: Target): PlainAgent {
  const known = agents.get(id)
  if (known) return known
  const settings = {
    keepAlive: true,
    maxSockets: connections,
    maxFreeSockets: connections,
  }
  const agent = url.startsWith('https:')
    ? new TlsAgent({ ...settings, ca })
    : new PlainAgent(settings)
  agents.set(id, agent)
  return agent
}

/** Sends one call; answers its status when the whole answer was read. */
function send(target: Target, secret: string, body: string): Promise<number> {
  const agent = agentOf(target)
  const request = target.url.startsWith('https:') ? requestTls : requestPlain
  const headers = {
    Authorization: `Bearer ${secret}`,
    Accept: 'application/json, text/event-stream',
    'Content-Type': 'application/json',
  }
  return new Promise((resolve, reject) => {
    const req = request(
      target.url,
      { method: 'POST', agent, headers },
      (res) => {
        res.resume()
        res.on('end', () => resolve(res.statusCode ?? 0))
      },
    )
    req.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed an idle connection as it was used again.
      const again = req.reusedSocket && error.code === 'ECONNRESET'
      if (again) resolve(send(target, secret, body))
      else reject(error)
    })
    req.end(body)
  })
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

import { Agent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import {
  headersFor,
  initializeMessage,
  statelessDialect,
  translate,
  usualDialect,
} from '../../probe/dialect.ts'
import type { Subject } from '../../probe/subject.ts'
import { said } from './answer.ts'

/** Origins that are nobody's, or that look like the listed one. */
export function foreignOrigins({ url, origin }: Subject): string[] {
  const foreign = [
    'https://evil.example',
    'null',
    `${url.protocol}//${url.hostname}.evil.example`,
  ]
  if (!origin) return foreign
  const { protocol, host, hostname } = new URL(origin)
  return [
    ...foreign,
    `${origin}.evil.example`,
    `${protocol}//evil-${host}`,
    `${protocol}//evil.${hostname}:4443`,
    `${protocol === 'https:' ? 'http:' : 'https:'}//${host}`,
  ]
}

/** A name that no tool has. */
export const nobodysTool = 'guardcheck-nothing-here'

/** One connection to the server, which is kept from request to request. */
export function keepAlive({ url }: Subject): Agent {
  const options = { keepAlive: true, maxSockets: 1 }
  return url.protocol === 'https:' ? new TlsAgent(options) : new Agent(options)
}

/** A message in the dialects that nobody asked this server for. */
export function otherDialects(
  { dialect, url }: Subject,
  first: object = initializeMessage(),
) {
  return [usualDialect, statelessDialect]
    .filter(({ way }) => way !== dialect.way)
    .map((other) => {
      const message = translate(other, first)
      return {
        revision: other.revision,
        target: url.pathname + url.search,
        headers: headersFor(other, message),
        body: JSON.stringify(message),
      }
    })
}

/** Milliseconds between two requests of a load: more than 50 a second. */
const pauseMs = 16

/** Sends requests at a steady rate on kept connections, until it is stopped. */
export function startLoad(subject: Subject, first: string | undefined) {
  const agents = Array.from({ length: 4 }, () => keepAlive(subject))
  const waiting = new Set<Promise<void>>()
  const failed: string[] = []
  let secret = first
  let count = 0
  const timer = setInterval(() => {
    const agent = agents[count % agents.length] as Agent
    count += 1
    const asked = subject.send({ secret, agent }).then((answer) => {
      waiting.delete(asked)
      if (answer.status !== 200) failed.push(said(answer))
    })
    waiting.add(asked)
  }, pauseMs)
  return {
    failed,
    sent: () => count,
    /** From now on requests carry this one; waits for those that do not. */
    async use(next: string) {
      secret = next
      await Promise.all(waiting)
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(waiting)
      for (const agent of agents) agent.destroy()
    },
  }
}

import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below those that a system gives to whoever names none. */
const [first, count] = [20_000, 12_000]

/** Where this process looks next: others begin elsewhere. */
let next = (process.pid * 97) % count

/** A loopback port that was free a moment ago, and that no other test has. */
export async function findPort(): Promise<number> {
  for (let tries = 0; tries < count; tries += 1) {
    const port = first + next
    next = (next + 1) % count
    const server = createServer()
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening')
    } catch {
      continue
    }
    await new Promise((resolve) => server.close(resolve))
    return port
  }
  throw new Error('No port of loopback is free.')
}

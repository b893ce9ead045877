import { once } from 'node:events'
import {
  createServer as createPlainServer,
  type RequestListener,
  request,
} from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'

/** Stands before a server, and notes what is asked and how it is answered. */
export interface Recorder {
  url: URL
  /** Sends what comes from here on to this port of loopback. */
  forward(port: number): void
  /** What was asked since the last time, each once: `POST /mcp 401`. */
  take(): Promise<string[]>
  close(): Promise<void>
}

/** Listens on loopback; over HTTPS when it is given a pair. */
export async function openRecorder(pair?: {
  key: string
  cert: string
}): Promise<Recorder> {
  const scheme = pair ? 'https' : 'http'
  let to = 0
  let open = 0
  const seen = new Set<string>()
  const pass: RequestListener = (req, res) => {
    const { method, url: path } = req
    const headers = { ...req.headers, 'X-Forwarded-Proto': scheme }
    open += 1
    const proxied = request({ port: to, method, path, headers, agent: false })
    proxied.on('close', () => {
      open -= 1
    })
    // What was asked in full and given up is answered yet, and noted.
    res.on('close', () => {
      if (res.headersSent || !req.complete) proxied.destroy()
    })
    proxied.on('response', async (answer) => {
      const { statusCode: status = 500 } = answer
      seen.add(`${method} ${path} ${status}`)
      // A client that gives up drops what it asked at the same time, which
      // may still be on its way.
      if (status === 401) await setTimeout(100)
      if (res.destroyed) return void proxied.destroy()
      res.writeHead(status, answer.headers)
      answer.pipe(res)
    })
    proxied.on('error', () => res.destroy())
    req.pipe(proxied)
  }
  const server = pair ? createServer(pair, pass) : createPlainServer(pass)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: new URL(`${scheme}://127.0.0.1:${port}/mcp`),
    forward(port) {
      to = port
    },
    async take() {
      // What is asked at the same time is answered in any order.
      for (let calm = 0; calm < 3; calm = open === 0 ? calm + 1 : 0) {
        await setTimeout(20)
      }
      const taken = [...seen].sort()
      seen.clear()
      return taken
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

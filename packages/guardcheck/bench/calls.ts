import { Agent as PlainAgent, request as requestPlain } from 'node:http'
import { request as requestTls, Agent as TlsAgent } from 'node:https'

/** One kept connection to a server, and how long a call over it takes. */
export interface Line {
  /** Milliseconds until the answer was read, and its status. */
  call(secret: string, body?: string): Promise<{ ms: number; status: number }>
  close(): void
}

const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}'

/** Opens a line; a server that ends it is connected to again. */
export function openLine(url: URL, ca?: string): Line {
  const tls = url.protocol === 'https:'
  const settings = { keepAlive: true, maxSockets: 1 }
  const agent = tls
    ? new TlsAgent({ ...settings, ca })
    : new PlainAgent(settings)
  const request = tls ? requestTls : requestPlain
  return {
    call: (secret, body = ping) =>
      new Promise((resolve, reject) => {
        const start = performance.now()
        const headers = {
          Authorization: `Bearer ${secret}`,
          Accept: 'application/json, text/event-stream',
          'Content-Type': 'application/json',
        }
        request(url, { method: 'POST', agent, headers }, (response) => {
          response.resume()
          response.on('end', () => {
            const ms = performance.now() - start
            resolve({ ms, status: response.statusCode ?? 0 })
          })
        })
          .on('error', reject)
          .end(body)
      }),
    close: () => agent.destroy(),
  }
}

/** The value below which a share of all values lies. */
export const quantile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0

/** Median, and what most values lie between. */
export const tell = (values: number[]) =>
  `${quantile(values, 0.5).toFixed(2)} (${quantile(values, 0.1).toFixed(2)} to ${quantile(values, 0.9).toFixed(2)})`

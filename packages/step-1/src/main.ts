// Loopback only: what listens here speaks plain HTTP, so whoever could reach
// it over a network could also read and change what passes.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openOffice } from '@guard-up/office'
import { createApp } from './app.ts'

const loopback = ['127.0.0.1', '::1', 'localhost']

/** TCP port to listen on, 0 for any free one (`PORT`, default 3000). */
function readPort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65535) return port
  throw new Error('PORT must be a whole number from 0 to 65535.')
}

/** Address to listen on (`HOST`, default 127.0.0.1). */
function readHost(host: string): string {
  if (loopback.includes(host)) return host
  throw new Error(
    'HOST must be a loopback address: a wider one needs the edge of step 3.',
  )
}

/** Serves until SIGTERM or SIGINT, then lets calls in flight finish. */
async function serve(): Promise<void> {
  const port = readPort(process.env.PORT || '3000')
  const host = readHost(process.env.HOST || '127.0.0.1')
  const office = await openOffice()
  const app = createApp(office)
  const server = createServer(app)
  // Node frames a body by every header line, and would show only the first.
  server.maxHeadersCount = 0
  server.on('checkContinue', app)
  // Who reads nothing for so long is cut off.
  server.timeout = 120_000
  server.on('close', () => office.close())
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => server.close())
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      reject(new Error(`PORT on HOST cannot be listened on (${code}).`)),
    )
    server.listen(port, host, resolve)
  })
  const { address, family, port: bound } = server.address() as AddressInfo
  const name = family === 'IPv6' ? `[${address}]` : address
  console.log(`http://${name}:${bound}/mcp`)
}

serve().catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})

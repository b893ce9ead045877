import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openOffice } from '@guard-up/office'
import { createApp } from './app.ts'

/** TCP port to listen on, 0 for any free one (`PORT`, default 3000). */
function readPort(text = '3000'): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65535) return port
  throw new Error('PORT must be a whole number from 0 to 65535.')
}

/** Serves until SIGTERM or SIGINT, then lets calls in flight finish. */
async function serve(): Promise<void> {
  const port = readPort(process.env.PORT)
  const office = await openOffice()
  const server = createServer(createApp(office))
  server.on('close', () => office.close())
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => server.close())
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      reject(new Error(`PORT cannot be listened on (${code}).`)),
    )
    server.listen(port, resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  console.log(`http://localhost:${bound}/mcp`)
}

serve().catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})

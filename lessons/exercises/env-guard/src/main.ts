import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openOffice } from '@guard-up/office'
import { createApp } from './app.ts'

const office = await openOffice()
const server = createServer(createApp(office))
server.on('close', () => office.close())
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => server.close())
}
server.listen(Number(process.env.PORT ?? 3010), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(`http://127.0.0.1:${port}/mcp`)
})

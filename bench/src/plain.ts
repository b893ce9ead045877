// Step 0 behind the TLS of step 3: what is left of a ratio is the guard.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { openOffice } from '@guard-up/office'
import { createApp } from '../../packages/step-0/src/app.ts'

const { TLS_KEY_FILE = '', TLS_CERT_FILE = '' } = process.env
const pair = {
  key: readFileSync(TLS_KEY_FILE),
  cert: readFileSync(TLS_CERT_FILE),
  minVersion: 'TLSv1.2' as const,
}
const server = createServer(pair, createApp(await openOffice()))
process.once('SIGTERM', () => process.exit())
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(`https://127.0.0.1:${port}/mcp`)
})

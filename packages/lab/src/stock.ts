import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Upstream } from 'guardcheck'
import { openWhole } from './whole.ts'

/**
 * Opens a stock API in the place of the office's own, which keeps what it is
 * sent; `env` has a step use it, by a credential that lies in `folder`.
 */
export const openStock = (folder: string) =>
  openWhole(async (defer) => {
    const received: string[] = []
    const server = createServer((req, res) => {
      received.push([`${req.method} ${req.url}`, ...req.rawHeaders].join('\n'))
      const name = { en: 'Tea', ja: '茶' }
      const level = { product: name, quantity: 1, warehouse: name }
      res.setHeader('Content-Type', 'application/json')
      res.end(JSON.stringify({ sku: 'TEA-001', ...level }))
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    defer(() => {
      server.close()
      server.closeAllConnections()
    })
    const { port } = server.address() as AddressInfo
    const file = join(folder, 'stock.credential')
    await writeFile(file, 'demo-service-credential\n', { mode: 0o600 })
    const upstream: Upstream = {
      name: 'check_stock',
      arguments: { sku: 'TEA-001' },
      received: () => received,
    }
    const env = {
      OFFICE_STOCK_URL: `http://127.0.0.1:${port}`,
      OFFICE_STOCK_CREDENTIAL_FILE: file,
    }
    return { upstream, env }
  })

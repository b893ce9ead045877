import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Upstream } from 'guardcheck'

/** A stock API in the place of the office's own, which keeps what it is sent. */
export async function openStock(home: string) {
  const received: string[] = []
  const server = createServer((req, res) => {
    received.push([`${req.method} ${req.url}`, ...req.rawHeaders].join('\n'))
    const name = { en: 'Tea', ja: '茶' }
    const level = { product: name, quantity: 1, warehouse: name }
    res.setHeader('Content-Type', 'application/json')
    res.end(JSON.stringify({ sku: 'TEA-001', ...level }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const file = join(home, 'stock.credential')
  await writeFile(file, 'demo-service-credential\n', { mode: 0o600 })
  const upstream: Upstream = {
    name: 'check_stock',
    arguments: { sku: 'TEA-001' },
    received: () => received,
  }
  return {
    upstream,
    env: {
      OFFICE_STOCK_URL: `http://127.0.0.1:${port}`,
      OFFICE_STOCK_CREDENTIAL_FILE: file,
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

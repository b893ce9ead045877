import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StockLevel {
  sku: string
  product: { en: string; ja: string }
  quantity: number
  warehouse: { en: string; ja: string }
}

export interface Warehouse {
  url: string
  /** What a request must carry as `Authorization: Bearer`. */
  credential: string
  close(): Promise<void>
}

/** Serves the internal stock API on loopback, to its own credential only. */
export async function serveStock({
  port = 0,
  credential = randomBytes(32).toString('base64url'),
} = {}): Promise<Warehouse> {
  const file = new URL('../data/stock.json', import.meta.url)
  const levels: StockLevel[] = JSON.parse(await readFile(file, 'utf8'))
  const server = createServer(answerStock(levels, sha256(credential)))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve)
  })
  // The office alone must not keep a process alive.
  server.unref().on('connection', (socket) => socket.unref())
  const bound = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${bound.port}`,
    credential,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answerStock(levels: StockLevel[], expected: Buffer): RequestListener {
  return (req, res) => {
    const answer = (status: number, body: object, headers = {}) => {
      res.writeHead(status, { 'Content-Type': 'application/json', ...headers })
      res.end(JSON.stringify(body))
    }
    // Hashing makes both sides equally long, so nothing can be measured.
    const secret = bearerToken(req.headers.authorization) ?? ''
    if (!timingSafeEqual(sha256(secret), expected)) {
      const challenge = { 'WWW-Authenticate': 'Bearer' }
      return answer(401, { error: 'unauthorized' }, challenge)
    }
    if (req.method !== 'GET') {
      return answer(405, { error: 'method not allowed' }, { Allow: 'GET' })
    }
    const sku = /^\/stock\/([\w-]+)$/.exec(req.url ?? '')?.[1]
    const level = levels.find((level) => level.sku === sku)
    if (!level) return answer(404, { error: 'not found' })
    answer(200, level)
  }
}

/** The `b64token` of an `Authorization: Bearer` header (RFC 6750 §2.1). */
function bearerToken(header = ''): string | undefined {
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(header)?.[1]
}

function sha256(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

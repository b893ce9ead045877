import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openStock } from '../src/stock.ts'
import { serveStock } from '../src/warehouse.ts'
import { refusal, scratch } from './scratch.ts'

const credential = 'demo-service-credential'

/** A client of the stock API at this URL, with a credential from a file. */
async function clientOf(url: string, text = credential) {
  const file = join(await scratch(), 'credential')
  await writeFile(file, text)
  return openStock({
    OFFICE_STOCK_URL: url,
    OFFICE_STOCK_CREDENTIAL_FILE: file,
  })
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function warehouse(options = {}) {
  const warehouse = await serveStock(options)
  onTestFinished(() => warehouse.close())
  return warehouse
}

const level = {
  sku: 'TEA-001',
  product: { en: 'Sencha, 100 g', ja: '煎茶 100g' },
  quantity: 412,
  warehouse: { en: 'Warehouse 1', ja: '第一倉庫' },
}

test('a known product is answered by the API that the office starts', async () => {
  const stock = await openStock({})
  expect(await stock.check('TEA-001')).toEqual(level)
  await stock.close()
  expect(await refusal(stock.check('TEA-001'))).toContain('did not answer')
})

test('a known product is answered by an API elsewhere on loopback', async () => {
  const { url } = await warehouse({ credential })
  for (const end of ['', '\n', '\r\n']) {
    const stock = await clientOf(url, credential + end)
    expect(await stock.check('TEA-001')).toEqual(level)
    await stock.close()
  }
})

test.each([
  'TEA-999',
  '',
  '../stock/TEA-001',
  'TEA-001?x',
  'TEA-001#',
  'tea-001',
  'TEA%2D001',
  '茶',
])('the unknown product %j is refused by name', async (sku) => {
  const stock = await openStock({})
  onTestFinished(() => stock.close())
  const message = await refusal(stock.check(sku))
  expect(message).toContain('No product has the SKU "')
})

test('a product that nobody could know is refused briefly', async () => {
  const stock = await openStock({})
  onTestFinished(() => stock.close())
  const message = await refusal(stock.check('a'.repeat(10_000)))
  expect(message.length).toBeLessThan(150)
})

test('every product on the price list is in the stock data', async () => {
  const list = new URL('../data/documents/price-list.md', import.meta.url)
  const text = await readFile(list, 'utf8')
  const skus = [...text.matchAll(/^\| ([A-Z]+-\d+)/gm)]
  expect(skus.length).toBeGreaterThan(5)
  const stock = await openStock({})
  onTestFinished(() => stock.close())
  for (const [, sku = ''] of skus) {
    expect(await stock.check(sku)).toMatchObject({ sku })
  }
})

describe('the stock API', () => {
  test('answers its own credential, and no other', async () => {
    const { url, credential } = await warehouse()
    const ask = async (Authorization?: string) => {
      const init = Authorization ? { headers: { Authorization } } : {}
      return fetch(`${url}/stock/TEA-001`, init)
    }
    expect((await ask(`Bearer ${credential}`)).status).toBe(200)
    for (const header of [
      undefined,
      'Bearer',
      'Bearer wrong',
      `Bearer ${credential}x`,
      `Bearer ${credential.slice(1)}`,
      `Basic ${credential}`,
      credential,
    ]) {
      const response = await ask(header)
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Bearer')
    }
  })

  test('has another credential at every start', async () => {
    const [one, other] = [await warehouse(), await warehouse()]
    expect(one.credential).not.toBe(other.credential)
    expect(one.credential.length).toBeGreaterThanOrEqual(43)
  })

  test('says nothing about its paths without the credential', async () => {
    const { url } = await warehouse()
    const asks = ['/stock/TEA-001', '/stock/none', '/', '/x'].map((path) =>
      fetch(url + path, { method: 'POST' }).then((response) => response.text()),
    )
    expect(new Set(await Promise.all(asks)).size).toBe(1)
  })

  test('serves GET, and names it to other methods', async () => {
    const { url, credential } = await warehouse()
    const headers = { Authorization: `Bearer ${credential}` }
    const init = { method: 'DELETE', headers }
    const response = await fetch(`${url}/stock/TEA-001`, init)
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET')
  })
})

describe('an API that does not do its part is a refusal', () => {
  const json = (body: unknown): RequestListener => {
    return (_req, res) => res.end(JSON.stringify(body))
  }
  const status = (code: number): RequestListener => {
    return (_req, res) => res.writeHead(code, { Location: '/' }).end('no')
  }
  const cases: [string, RequestListener, string][] = [
    ['cuts the line', (req) => req.socket.destroy(), 'did not answer'],
    ['answers 500', status(500), 'status 500'],
    ['redirects', status(302), 'status 302'],
    ['answers 401', status(401), "refused the office's own credential"],
    ['answers 403', status(403), "refused the office's own credential"],
    ['answers 404', status(404), 'No product'],
    ['answers no JSON', (_req, res) => res.end('<p>'), 'not be understood'],
    ['answers null', json(null), 'not be understood'],
    ['answers a list', json([level]), 'not be understood'],
    ['lacks a name', json({ ...level, product: {} }), 'not be understood'],
    ['counts in text', json({ ...level, quantity: '1' }), 'not be understood'],
    ['means another', json({ ...level, sku: 'X' }), 'not be understood'],
    ['is too long', json({ ...level, x: 'x'.repeat(17_000) }), 'understood'],
  ]

  test('when it is silent, or never ends its answer', async () => {
    const urls = [
      await serve(() => {}),
      await serve((_req, res) => res.write('{')),
    ]
    const before = Date.now()
    await Promise.all(
      urls.map(async (url) => {
        const stock = await clientOf(url)
        const message = await refusal(stock.check('TEA-001'))
        expect(message).toContain('did not answer')
      }),
    )
    expect(Date.now() - before).toBeGreaterThan(1_900)
    expect(Date.now() - before).toBeLessThan(3_500)
  })

  test.each(cases)('when it %s', async (_name, listener, reason) => {
    const stock = await clientOf(await serve(listener))
    const message = await refusal(stock.check('TEA-001'))
    expect(message).toContain(reason)
    expect(message).not.toContain(credential)
    expect(message).not.toContain('127.0.0.1')
  })

  test('when it is down', async () => {
    const { url, close } = await serveStock()
    await close()
    const stock = await clientOf(url)
    expect(await refusal(stock.check('TEA-001'))).toContain('did not answer')
  })

  test('and no redirect carries the credential on', async () => {
    const seen: (string | undefined)[] = []
    const thief = await serve((req, res) => {
      seen.push(req.headers.authorization)
      res.end()
    })
    const url = await serve((_req, res) => {
      res.writeHead(307, { Location: thief }).end()
    })
    await refusal((await clientOf(url)).check('TEA-001'))
    expect(seen).toEqual([])
  })
})

test('fields that the office does not know are left out', async () => {
  const extra = { ...level, cost: 410, product: { ...level.product, x: 1 } }
  const url = await serve((_req, res) => res.end(JSON.stringify(extra)))
  expect(await (await clientOf(url)).check('TEA-001')).toEqual(level)
})

test.each([
  '',
  'not a url',
  'ftp://127.0.0.1/',
  'http://192.0.2.1:4000/',
  'http://stock.example.com/',
  'http://127.0.0.1.example.com/',
  'http://demo-user:demo-secret@127.0.0.1/',
  'http://127.0.0.1/?demo-secret',
])('the address %j is a start-up mistake', async (url) => {
  const error = await clientOf(url).catch((error) => error)
  expect(error.message).toMatch(/^OFFICE_STOCK_URL must [^.]+\.$/)
  expect(error.message).not.toContain(url || 'demo-secret')
})

test.each(['', '\n', 'two words', 'a\nb', 'あ', 'demo\0'])(
  'the credential file %j is a start-up mistake',
  async (text) => {
    const opened = clientOf('http://127.0.0.1:9', text)
    await expect(opened).rejects.toThrow(
      /^OFFICE_STOCK_CREDENTIAL_FILE must name [^.]+\.$/,
    )
  },
)

test('a credential file that is not named or not there is one too', async () => {
  const OFFICE_STOCK_URL = 'http://127.0.0.1:9'
  await expect(openStock({ OFFICE_STOCK_URL })).rejects.toThrow(
    /^OFFICE_STOCK_CREDENTIAL_FILE must be set [^.]+\.$/,
  )
  const OFFICE_STOCK_CREDENTIAL_FILE = join(await scratch(), 'none')
  await expect(
    openStock({ OFFICE_STOCK_URL, OFFICE_STOCK_CREDENTIAL_FILE }),
  ).rejects.toThrow(/^OFFICE_STOCK_CREDENTIAL_FILE must name [^.]+\.$/)
})

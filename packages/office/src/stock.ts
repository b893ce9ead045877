import { readFile } from 'node:fs/promises'
import { OfficeError, quote } from './refusal.ts'
import { type StockLevel, serveStock } from './warehouse.ts'

export interface Stock {
  check(sku: string): Promise<StockLevel>
  close(): Promise<void>
}

const answerWithin = 2_000
const maxBytes = 16 * 1024

/**
 * Reaches the stock API that the environment names, or starts one.
 *
 * @throws at start-up, naming the variable and never its content.
 */
export async function openStock(env: NodeJS.ProcessEnv): Promise<Stock> {
  if (env.OFFICE_STOCK_URL === undefined) {
    const { url, credential, close } = await serveStock()
    return { check: (sku) => checkStock(url, credential, sku), close }
  }
  const url = readUrl(env.OFFICE_STOCK_URL)
  const credential = await readCredential(env.OFFICE_STOCK_CREDENTIAL_FILE)
  return {
    check: (sku) => checkStock(url, credential, sku),
    close: async () => {},
  }
}

/** Loopback only: the service credential must not leave the machine. */
function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain =
    url &&
    /^https?:$/.test(url.protocol) &&
    /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname) &&
    !(url.username || url.password || url.search || url.hash)
  if (plain) return url.href.replace(/\/$/, '')
  throw new Error('OFFICE_STOCK_URL must be an http or https loopback URL.')
}

async function readCredential(file?: string): Promise<string> {
  if (file === undefined) {
    throw new Error(
      'OFFICE_STOCK_CREDENTIAL_FILE must be set beside OFFICE_STOCK_URL.',
    )
  }
  const text = await readFile(file, 'utf8').catch(() => '')
  const credential = /^([\w.~+/-]+=*)\r?\n?$/.exec(text)?.[1]
  if (credential) return credential
  throw new Error(
    'OFFICE_STOCK_CREDENTIAL_FILE must name a file with one credential in it.',
  )
}

/** Asks with the office's own credential; the caller's never gets here. */
async function checkStock(
  url: string,
  credential: string,
  sku: string,
): Promise<StockLevel> {
  if (!/^[\w-]{1,40}$/.test(sku)) throw unknown(sku)
  const { status, text } = await request(`${url}/stock/${sku}`, credential)
  if (status === 404) throw unknown(sku)
  if (status === 401 || status === 403) {
    throw new OfficeError("The stock API refused the office's own credential.")
  }
  if (status !== 200) {
    throw new OfficeError(`The stock API answered with status ${status}.`)
  }
  const level = readLevel(text)
  if (level?.sku === sku) return level
  throw new OfficeError("The stock API's answer could not be understood.")
}

function unknown(sku: string): OfficeError {
  return new OfficeError(`No product has the SKU ${quote(sku)}.`)
}

/** One answer, within two seconds and 16 KiB, from nowhere else. */
async function request(
  url: string,
  credential: string,
): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, {
      headers: { Authorization: `Bearer ${credential}` },
      // A redirect would carry the credential to wherever it points.
      redirect: 'manual',
      signal: AbortSignal.timeout(answerWithin),
    })
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length
      if (bytes > maxBytes) return { status: response.status, text: '' }
      chunks.push(chunk)
    }
    const text = Buffer.concat(chunks).toString()
    return { status: response.status, text }
  } catch {
    throw new OfficeError('The stock API did not answer.')
  }
}

/** The fields that the office knows, and no others. */
function readLevel(text: string): StockLevel | undefined {
  try {
    const { sku, product, quantity, warehouse } = JSON.parse(text)
    const known = {
      sku,
      product: { en: product.en, ja: product.ja },
      quantity,
      warehouse: { en: warehouse.en, ja: warehouse.ja },
    }
    const texts = [product.en, product.ja, warehouse.en, warehouse.ja]
    const whole = texts.every((text) => typeof text === 'string')
    return whole && Number.isInteger(quantity) ? known : undefined
  } catch {
    return undefined
  }
}

import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { setTimeout } from 'node:timers/promises'
import type { Refund } from '@guard-up/office'
import type { Text } from 'guardcheck'
import type { Target } from './target.ts'
import { openWire, type Wire } from './wire.ts'

/** Pays a customer back as an honest caller does: whether that was served. */
export async function callHonestly(target: Target): Promise<boolean> {
  const wire = openWire(target, target.secret)
  const served = await watchLedger(target, () =>
    wire.call({ ...refund('A torn bag'), secret: target.secret }),
  )
  return served !== undefined
}

export const salaries = {
  tool: 'read_document',
  arguments: { path: 'hr/salaries-2026.md' },
}

export const customers = {
  tool: 'query_customers',
  arguments: {
    sql: 'SELECT id, name_en, email, balance_yen FROM customers',
  },
}

export const stock = { tool: 'check_stock', arguments: { sku: 'TEA-003' } }

export const refund = (reason: string) => ({
  tool: 'issue_refund',
  arguments: { customer: 'C-1016', amount: 50_000, reason },
})

/** A token that nobody has, where a step has none that is right. */
export const anyToken = 'any-token'

/** A token for alice that nobody has signed (RFC 8725 §2.1). */
export function forge({ href }: URL): string {
  const part = (value: object) =>
    Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const claims = { aud: href, sub: 'alice', scope: 'documents:read' }
  const header = part({ alg: 'none', typ: 'at+jwt' })
  return `${header}.${part({ ...claims, iat: now, exp: now + 300 })}.x`
}

/** What a secret still opens when its time to be noticed dead is over. */
export async function outlive(
  wire: Wire,
  secret: string,
  dies: boolean,
): Promise<Text | undefined> {
  const deadline = Date.now() + (dies ? 3000 : 0)
  for (;;) {
    const reached = asDocument(await wire.call({ ...salaries, secret }))
    if (!reached || Date.now() >= deadline) return reached
    await setTimeout(200)
  }
}

/** Passes bytes on to `port`, both ways; `close` gives what was answered. */
export async function openTap(port: number) {
  const heard: Buffer[] = []
  const tap = createServer((caller) => {
    const server = connect(port, '127.0.0.1')
    server.on('data', (bytes) => heard.push(bytes))
    pipeline(caller, server, caller).catch(() => {})
  })
  await once(tap.listen(0, '127.0.0.1'), 'listening')
  const close = () => {
    tap.close()
    return Buffer.concat(heard).toString()
  }
  return { port: (tap.address() as AddressInfo).port, close }
}

/** What `work` adds to the ledger, if it is what the attacker wants. */
export async function watchLedger(
  target: Target,
  work: () => Promise<unknown>,
  wanted: (refund: Refund) => boolean = () => true,
): Promise<Text | undefined> {
  const before = await target.readRefunds()
  await work()
  const after = await target.readRefunds()
  const made = after.slice(before.length).find(wanted)
  if (!made) return undefined
  const { id, amount, customer, by } = made
  const yen = amount.toLocaleString('en-US')
  const short = id.slice(0, 'R-01234567'.length)
  return {
    en: `refund ${short}: ${yen} yen to ${customer}; the ledger says by ${by}`,
    ja: `返金${short}：${customer}へ${yen}円。台帳の「誰が」は${by}`,
  }
}

export function asDocument(text?: string): Text | undefined {
  if (!text?.includes('Demo employee 01')) return undefined
  const [title = ''] = text.split('\n')
  const line = title.replace(/^#+ */, '')
  return { en: `the document “${line}”`, ja: `文書「${line}」` }
}

export function asRows(text?: string): Text | undefined {
  const rows: unknown[][] = readJson(text)?.rows ?? []
  const [first] = rows
  if (!first) return undefined
  const shown = first.join(', ')
  return {
    en: `${rows.length} customers; the first: ${shown}`,
    ja: `顧客${rows.length}件。先頭は${shown}`,
  }
}

export function asStock(text?: string): Text | undefined {
  const level = readJson(text)
  if (!level) return undefined
  const { sku, product, quantity, warehouse } = level
  return {
    en: `${sku} ${product.en}: ${quantity} in ${warehouse.en}`,
    ja: `${sku} ${product.ja}：${warehouse.ja}に${quantity}個`,
  }
}

function readJson(text?: string) {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

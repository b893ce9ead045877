import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OfficeError, showUnseen } from './refusal.ts'

export interface RefundRequest {
  /** As in the database: `C-1001`. */
  customer: string
  /** Whole yen, from 1 to 1,000,000. */
  amount: number
  reason: string
  /** Who asked for it. */
  by: string
}

export interface Refund extends RefundRequest {
  id: string
  /** ISO 8601, UTC. */
  at: string
}

export interface Ledger {
  append(request: RefundRequest): Promise<Refund>
}

/**
 * Makes the folder and the file, so that a mistake shows at start-up.
 *
 * @throws naming `OFFICE_DIR`, never its content.
 */
export async function openLedger(dir: string): Promise<Ledger> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    await (await openFile(dir)).close()
  } catch {
    throw new Error('OFFICE_DIR must be a folder that the office can write in.')
  }
  await syncFolder(dir)
  return { append: (request) => append(dir, request) }
}

/** Refuses a refund that no ledger should hold. */
export function refuseRefund({ amount, reason, by }: RefundRequest): void {
  if (!Number.isInteger(amount) || amount < 1 || amount > 1_000_000) {
    throw new OfficeError('The amount must be 1 to 1000000 whole yen.')
  }
  if (reason.trim() === '' || [...reason].length > 200) {
    throw new OfficeError('The reason must have 1 to 200 characters.')
  }
  // Longer than a reason, because a client's id may be a whole URL.
  if (by.trim() === '' || [...by].length > 500) {
    throw new OfficeError('The name of who asks must have 1 to 500 characters.')
  }
}

/** Every refund in the ledger, and apart from them what is no refund. */
export async function readLedger(
  dir: string,
): Promise<{ refunds: Refund[]; torn: string[] }> {
  const text = await readFile(join(dir, 'ledger.jsonl'), 'utf8').catch(
    (error) => {
      if (error.code === 'ENOENT') return ''
      throw new OfficeError('The ledger could not be read.')
    },
  )
  const refunds: Refund[] = []
  const torn: string[] = []
  for (const line of text.split('\n')) {
    const refund = readRefund(line)
    if (refund) refunds.push(refund)
    else if (line !== '') torn.push(line)
  }
  return { refunds, torn }
}

async function append(dir: string, request: RefundRequest): Promise<Refund> {
  const { customer, amount, reason, by } = request
  const at = new Date().toISOString()
  const refund = { id: `R-${randomUUID()}`, at, customer, amount, reason, by }
  // The newline in front ends whatever a killed process left behind, without
  // a look at the file, and so without a race between two writers.
  const line = Buffer.from(`\n${showUnseen(JSON.stringify(refund))}\n`)
  const file = await openFile(dir).catch(refuseDisk)
  try {
    const { bytesWritten } = await file.write(line).catch(refuseDisk)
    // Without its last newline it is a refund all the same, to every reader.
    if (bytesWritten < line.length - 1) refuseDisk()
    await file.sync().catch(() => {
      throw new OfficeError('The refund may be lost: look in the ledger first.')
    })
  } finally {
    await file.close()
  }
  return refund
}

function refuseDisk(): never {
  throw new OfficeError('The ledger could not be written: no refund was made.')
}

function openFile(dir: string): Promise<FileHandle> {
  return open(join(dir, 'ledger.jsonl'), 'a', 0o600)
}

/** Makes the file's name as durable as its lines; Windows needs no such. */
async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir).catch(() => undefined)
  await folder?.sync().catch(() => {})
  await folder?.close()
}

function readRefund(line: string): Refund | undefined {
  try {
    const refund = JSON.parse(line)
    const { id, at, customer, reason, by } = refund
    const texts = [id, at, customer, reason, by]
    const whole =
      texts.every((text) => typeof text === 'string') &&
      Number.isInteger(refund.amount)
    return whole ? refund : undefined
  } catch {
    return undefined
  }
}

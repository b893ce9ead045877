import { fileURLToPath } from 'node:url'
import { openCustomers, type Rows } from './customers.ts'
import { readDocument } from './documents.ts'
import {
  openLedger,
  type Refund,
  type RefundRequest,
  refuseRefund,
} from './ledger.ts'
import { OfficeError, quote, refuseGone } from './refusal.ts'
import { openStock } from './stock.ts'
import type { StockLevel } from './warehouse.ts'

export type { Rows } from './customers.ts'
export { type Refund, type RefundRequest, readLedger } from './ledger.ts'
export { OfficeError } from './refusal.ts'
export { type StockLevel, serveStock, type Warehouse } from './warehouse.ts'

/** What the tools of every step reach: the office that needs a guard. */
export interface Office {
  /** The text of one document; `''` and `'.'` list their paths. */
  readDocument(path: string): Promise<string>
  /**
   * The rows of one read-only SQL statement about customers, bounded; none
   * for who has left when it is their turn.
   */
  queryCustomers(sql: string, caller?: AbortSignal): Promise<Rows>
  /** What the internal stock API knows about one product. */
  checkStock(sku: string): Promise<StockLevel>
  /**
   * Appends one refund to the ledger; resolves when it is on disk. Nothing is
   * paid for who has left until then.
   */
  issueRefund(refund: RefundRequest, caller?: AbortSignal): Promise<Refund>
  /** Ends what `openOffice` started. */
  close(): Promise<void>
}

const home = fileURLToPath(new URL('../.office', import.meta.url))

/**
 * Opens the office that the environment describes, or none at all.
 *
 * @throws one sentence that names the variable, never its content.
 */
export async function openOffice(
  env: NodeJS.ProcessEnv = process.env,
): Promise<Office> {
  const ledger = await openLedger(env.OFFICE_DIR ?? home)
  const stock = await openStock(env)
  const customers = openCustomers()
  return {
    readDocument: (path) => readDocument(path),
    queryCustomers: (sql, caller) => customers.query(sql, [], caller),
    checkStock: (sku) => stock.check(sku),
    async issueRefund(request, caller) {
      refuseRefund(request)
      const sql = 'SELECT 1 FROM customers WHERE id = ?'
      const values = [request.customer]
      const { rows } = await customers.query(sql, values, caller)
      if (rows.length === 0) {
        throw new OfficeError(`No customer is ${quote(request.customer)}.`)
      }
      refuseGone(caller)
      return ledger.append(request)
    },
    async close() {
      await Promise.all([stock.close(), customers.close()])
    },
  }
}

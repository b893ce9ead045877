// Appends refunds and prints the id of each one that was acknowledged.
import { openLedger } from '../../src/ledger.ts'

const { OFFICE_DIR = '', COUNT = 'Infinity', BY = 'child' } = process.env
const ledger = await openLedger(OFFICE_DIR)
for (let n = 1; n <= Number(COUNT); n++) {
  const refund = { customer: 'C-1001', amount: n, reason: '袋の破れ', by: BY }
  const { id } = await ledger.append(refund)
  process.stdout.write(`${id}\n`)
}

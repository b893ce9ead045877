// Appends refunds until one is refused; prints the id of each acknowledged.
import { openLedger } from '../../src/ledger.ts'

const { OFFICE_DIR = '', COUNT = 'Infinity', BY = 'child' } = process.env
const ledger = await openLedger(OFFICE_DIR)
for (let n = 1; n <= Number(COUNT); n++) {
  const refund = { customer: 'C-1001', amount: n, reason: '袋の破れ', by: BY }
  const appended = await ledger.append(refund).catch(() => undefined)
  if (!appended) {
    process.exitCode = 1
    break
  }
  process.stdout.write(`${appended.id}\n`)
}

// Uses every part of the office, then ends as ENDING says.
const { openOffice } = await import(process.env.OFFICE ?? '../../src/office.ts')

const office = await openOffice()
const by = 'child'
await office.readDocument('handbook.md')
await office.queryCustomers('SELECT 1')
await office.checkStock('TEA-001')
await office.issueRefund({ customer: 'C-1001', amount: 1, reason: 'x', by })

if (process.env.ENDING === 'stay') setInterval(() => {}, 1_000)
if (process.env.ENDING === 'signal') {
  const alive = setInterval(() => {}, 1_000)
  process.once('SIGTERM', async () => {
    clearInterval(alive)
    await office.close()
    process.stdout.write('closed\n')
  })
}
process.stdout.write('visited\n')
if (process.env.ENDING === 'close') await office.close()

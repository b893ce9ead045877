import { once } from 'node:events'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openOffice, readLedger } from '../src/office.ts'
import { outcome, refusal, root, scratch, start } from './scratch.ts'

const program = fileURLToPath(new URL('children/visit.ts', import.meta.url))
const request = { customer: 'C-1001', amount: 1, reason: '袋', by: 'nobody' }

async function openScratch() {
  const dir = await scratch()
  const office = await openOffice({ OFFICE_DIR: dir })
  onTestFinished(() => office.close())
  return { dir, office }
}

test('a refund to a customer is in the ledger with who asked', async () => {
  const { dir, office } = await openScratch()
  const refund = await office.issueRefund({ ...request, by: '田 <x>' })
  expect(refund).toMatchObject({ ...request, by: '田 <x>' })
  expect(await readLedger(dir)).toEqual({ refunds: [refund], torn: [] })
})

test('a refund to whom the database does not know is refused', async () => {
  const { dir, office } = await openScratch()
  for (const customer of [
    'C-9',
    '',
    "C-1001' OR '1",
    'c-1001',
    'x'.repeat(9e4),
  ]) {
    const message = await refusal(office.issueRefund({ ...request, customer }))
    expect(message).toMatch(/^No customer is ".{0,100}"\.$/)
  }
  expect((await readLedger(dir)).refunds).toEqual([])
})

test('a refund that no ledger should hold is refused before it gets there', async () => {
  const { dir, office } = await openScratch()
  await refusal(office.issueRefund({ ...request, amount: 0 }))
  await refusal(office.issueRefund({ ...request, reason: '' }))
  expect(await readFile(join(dir, 'ledger.jsonl'), 'utf8')).toBe('')
})

test('a refund for whoever has left is not paid, wherever it was by then', async () => {
  const { dir, office } = await openScratch()
  const left = 'Whoever asked has left.'
  const before = office.issueRefund(request, AbortSignal.abort())
  expect(await refusal(before)).toBe(left)

  const first = new AbortController()
  const ahead = office.queryCustomers('SELECT 1')
  const waiting = office.issueRefund(request, first.signal)
  first.abort()
  expect(await refusal(waiting)).toBe(left)
  await ahead

  const second = new AbortController()
  const asked = office.issueRefund(request, second.signal)
  // By then the database has the question of who the customer is.
  await setImmediate()
  second.abort()
  expect(await refusal(asked)).toBe(left)
  expect((await readLedger(dir)).refunds).toEqual([])

  const here = new AbortController()
  const refund = await office.issueRefund(request, here.signal)
  expect((await readLedger(dir)).refunds).toEqual([refund])
})

test('a query of whoever has left is not run', async () => {
  const { office } = await openScratch()
  const sql = 'SELECT 1'
  const gone = office.queryCustomers(sql, AbortSignal.abort())
  expect(await refusal(gone)).toBe('Whoever asked has left.')
  const here = await office.queryCustomers(sql, new AbortController().signal)
  expect(here.rows).toEqual([[1]])
})

test('opening reads no variable but those it is given', async () => {
  vi.stubEnv('OFFICE_DIR', await scratch())
  vi.stubEnv('OFFICE_STOCK_URL', 'not a url')
  onTestFinished(() => void vi.unstubAllEnvs())
  await openScratch()
  await expect(openOffice()).rejects.toThrow('OFFICE_STOCK_URL')
})

test('a closed office refuses, and closes twice', async () => {
  const { office } = await openScratch()
  await office.queryCustomers('SELECT 1')
  await Promise.all([office.close(), office.close()])
  await office.close()
  await Promise.all([
    refusal(office.queryCustomers('SELECT 1')),
    refusal(office.checkStock('TEA-001')),
    refusal(office.issueRefund(request)),
  ])
})

describe('a start-up mistake names its variable and not its content', () => {
  test('when OFFICE_DIR is a file, is below one, or is empty', async () => {
    const file = join(await scratch(), 'demo-file')
    await writeFile(file, '')
    for (const OFFICE_DIR of [file, join(file, 'below'), '']) {
      const error = await openOffice({ OFFICE_DIR }).catch((error) => error)
      expect(error.message).toMatch(/^OFFICE_DIR must [^.]+\.$/)
      expect(error.message).not.toContain('demo-file')
    }
  })

  test('when OFFICE_STOCK_URL comes without its credential', async () => {
    const env = {
      OFFICE_DIR: await scratch(),
      OFFICE_STOCK_URL: 'http://127.0.0.1:9',
    }
    await expect(openOffice(env)).rejects.toThrow(
      /^OFFICE_STOCK_CREDENTIAL_FILE must [^.]+\.$/,
    )
  })
})

describe('a process with an open office', () => {
  test.each(['close', 'leave'])('ends by itself: %s', async (ENDING) => {
    const child = start(program, { OFFICE_DIR: await scratch(), ENDING })
    const end = outcome(child)
    if (child.stdout) await once(child.stdout, 'data')
    const visited = Date.now()
    expect(await end).toEqual({ printed: 'visited\n', ended: 0 })
    expect(Date.now() - visited).toBeLessThan(1_500)
  })

  test.each([
    ['stay', { printed: 'visited\n', ended: 'SIGTERM' }],
    ['signal', { printed: 'visited\nclosed\n', ended: 0 }],
  ])('still hears SIGTERM: %s', async (ENDING, expected) => {
    const child = start(program, { OFFICE_DIR: await scratch(), ENDING })
    const end = outcome(child)
    if (child.stdout) await once(child.stdout, 'data')
    child.kill('SIGTERM')
    expect(await end).toEqual(expected)
  })

  test('needs no plain path to itself', async () => {
    const home = join(await scratch(), "a b & 日本語 #1 %41 'q'")
    const modules = join(home, 'node_modules')
    const library = dirname(createRequire(import.meta.url).resolve('sql.js'))
    await mkdir(modules, { recursive: true })
    await Promise.all([
      ...['src', 'data', 'package.json'].map((name) =>
        cp(join(root, name), join(home, name), { recursive: true }),
      ),
      ...['package.json', 'dist/sql-wasm.js', 'dist/sql-wasm.wasm'].map(
        (name) =>
          cp(join(library, '..', name), join(modules, 'sql.js', name), {
            recursive: true,
          }),
      ),
    ])
    const OFFICE = pathToFileURL(join(home, 'src', 'office.ts')).href
    const child = start(program, { OFFICE, ENDING: 'close' })
    expect(await outcome(child)).toEqual({ printed: 'visited\n', ended: 0 })
    expect((await readLedger(join(home, '.office'))).refunds).toHaveLength(1)
  })
})

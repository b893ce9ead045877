import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { openCustomers } from '../src/customers.ts'
import { refusal } from './scratch.ts'

const customers = openCustomers()
afterAll(() => customers.close())

const forever =
  'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) ' +
  'SELECT count(*) FROM n'
const count = 'SELECT count(*) FROM customers'

test('a query answers columns and rows', async () => {
  const sql = `SELECT id, name_ja, balance_yen FROM customers
    WHERE id = 'C-1001'`
  expect(await customers.query(sql)).toEqual({
    columns: ['id', 'name_ja', 'balance_yen'],
    rows: [['C-1001', 'サンプル茶房', 128400]],
  })
})

test('the demo data reaches nobody', async () => {
  const { rows } = await customers.query('SELECT email FROM customers')
  expect(rows.length).toBeGreaterThanOrEqual(20)
  for (const [email] of rows) expect(email).toMatch(/\.example\.(?:com|jp)$/)
})

test('every order is of a known customer and a known product', async () => {
  const sql = `SELECT id FROM orders WHERE customer_id NOT IN
    (SELECT id FROM customers)`
  expect((await customers.query(sql)).rows).toEqual([])
})

test.each([
  ['1', 1],
  ['1.5', 1.5],
  ["'あ'", 'あ'],
  ['NULL', null],
  ['9007199254740991', 9007199254740991],
  ['9007199254740993', '9007199254740993'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['9e999', 'Infinity'],
  ["x'00ff'", "x'00ff'"],
  ["x''", "x''"],
  ["CAST(x'ff' AS TEXT)", '\ufffd'],
])('the value %s survives JSON as %j', async (sql, value) => {
  const { rows } = await customers.query(`SELECT ${sql}`)
  expect(JSON.parse(JSON.stringify(rows))).toEqual([[value]])
})

test.each([
  'SELECT 1;',
  '  select 1 ;; \n',
  '-- first\nSELECT 1 -- last',
  '/* a ; b */ SELECT 1 /* c */ ; -- d\n;/* never closed',
  "SELECT 1 WHERE ';' <> '--'",
  'WITH a AS (SELECT 1) SELECT * FROM a',
  'VALUES (1)',
])('the one statement %j is answered', async (sql) => {
  expect((await customers.query(sql)).rows).toEqual([[1]])
})

test.each([
  ['SELECT 1; SELECT 2', 'more than one'],
  ['SELECT 1;; DELETE FROM customers', 'more than one'],
  ['SELECT 1 /* */; -- \n PRAGMA query_only = 0', 'more than one'],
  ['SELECT 1; (', 'more than one'],
  ['SELECT 1\0; SELECT 2', 'NUL'],
  ['', 'must be one'],
  ['-- nothing', 'must be one'],
  [';', 'must be one'],
  ['PRAGMA query_only = 0', 'must be one'],
  ['/**/ pragma writable_schema = 1', 'must be one'],
  ['EXPLAIN PRAGMA query_only = 0', 'must be one'],
  ["ATTACH ':memory:' AS other", 'must be one'],
  ["VACUUM INTO 'copy.db'", 'must be one'],
  ['INSERT INTO customers SELECT * FROM customers', 'must be one'],
  ['UPDATE customers SET balance_yen = 0', 'must be one'],
  ['DELETE FROM customers', 'must be one'],
  ['DROP TABLE customers', 'must be one'],
  ['CREATE TEMP TABLE t (a)', 'must be one'],
  ['BEGIN', 'must be one'],
  ['selected', 'must be one'],
  ['WITH a AS (SELECT 1) DELETE FROM customers', 'readonly'],
  ["WITH a AS (SELECT 1) UPDATE customers SET tier = 'gold'", 'readonly'],
  [
    "WITH a AS (SELECT 1) INSERT INTO orders VALUES ('O', '', '', 1, 1, '', '')",
    'readonly',
  ],
  ["SELECT load_extension('x')", 'no such function'],
  ["SELECT readfile('/etc/passwd')", 'no such function'],
  ["SELECT writefile('a', 'b')", 'no such function'],
  ['SELECT * FROM pragma_query_only(0)', 'too many arguments'],
  ['SELECT salary FROM customers', 'no such column: salary'],
  ['SELECT', 'SQLite refused'],
])('the query %j is refused and changes nothing', async (sql, reason) => {
  expect(await refusal(customers.query(sql))).toContain(reason)
  const state = `SELECT query_only, (${count}), (SELECT count(*) FROM orders
    WHERE id = 'O') FROM pragma_query_only`
  expect((await customers.query(state)).rows).toEqual([[1, 24, 0]])
})

test.each([
  [
    'deep',
    `SELECT ${'('.repeat(4_000)}1${')'.repeat(4_000)}`,
    'Recursion limit',
  ],
  ['long', `SELECT ${'x'.repeat(10_000)}`, 'over 10000 characters'],
  ['unseen', `SELECT "${'\u202e'.repeat(9_000)}"."b"`, 'no such column'],
  ['starred', `/${'*'.repeat(9_990)}`, 'must be one'],
  ['commented', '/* */'.repeat(2_000), 'must be one'],
])('a %s query is refused briefly', async (_name, sql, reason) => {
  const before = Date.now()
  const message = await refusal(customers.query(sql))
  expect(message).toContain(reason)
  expect(message.length).toBeLessThan(1_300)
  expect(message).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
  expect(Date.now() - before).toBeLessThan(1_000)
})

describe('an oversized result', () => {
  test('of over 100 rows is refused, and 100 are answered', async () => {
    const rows = (most: number) =>
      `SELECT 1 FROM customers, orders LIMIT ${most}`
    expect((await customers.query(rows(100))).rows).toHaveLength(100)
    const message = await refusal(customers.query(rows(101)))
    expect(message).toContain('add a LIMIT')
  })

  test('of over 64 KiB is refused', async () => {
    const text = (length: number) => `SELECT printf('%.*c', ${length}, 'a') t`
    expect((await customers.query(text(65_535))).rows).toHaveLength(1)
    expect(await refusal(customers.query(text(65_536)))).toContain('64 KiB')
  })

  test('of more memory than the database has is refused', async () => {
    const before = process.memoryUsage.rss()
    const message = await refusal(customers.query('SELECT zeroblob(900000000)'))
    expect(message).toContain('out of memory')
    const many = `WITH RECURSIVE n(x) AS
      (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 40000)
      SELECT length(group_concat(hex(zeroblob(999)))) FROM n`
    expect(await refusal(customers.query(many))).toContain('out of memory')
    expect(process.memoryUsage.rss() - before).toBeLessThan(300e6)
  })
})

describe('a query that would run for ever', () => {
  test('is stopped, and holds up neither the process nor the next', async () => {
    const stopped = refusal(customers.query(forever))
    const next = customers.query(count)
    const before = Date.now()
    await sleep(50)
    expect(Date.now() - before).toBeLessThan(1_000)
    expect(await stopped).toContain('over 2 seconds')
    expect((await next).rows).toEqual([[24]])
  })

  test('does not hold up closing', async () => {
    const other = openCustomers()
    const running = refusal(other.query(forever))
    const waiting = refusal(other.query(count))
    await sleep(500)
    const before = Date.now()
    await other.close()
    expect(Date.now() - before).toBeLessThan(1_000)
    expect(await running).toBe('The office is closed.')
    expect(await waiting).toBe('The office is closed.')
    expect(await refusal(other.query(count))).toBe('The office is closed.')
  })
})

test('a long-lived database goes on answering', async () => {
  const wide = `SELECT ${'1,'.repeat(1_999)} 1`
  for (let n = 0; n < 300; n++) await customers.query(wide)
  expect((await customers.query(count)).rows).toEqual([[24]])
})

test('closing ends the thread that ran the queries', async () => {
  const started = once(process, 'worker')
  const other = openCustomers()
  await other.query(count)
  const [thread] = await started
  expect(thread.threadId).toBeGreaterThan(0)
  await other.close()
  expect(thread.threadId).toBe(-1)
})

test('closing while the database loads is a refusal like any other', async () => {
  const other = openCustomers()
  const early = refusal(other.query(count))
  await sleep(1)
  await other.close()
  expect(await early).toBe('The office is closed.')
})

test('more queries than may wait are refused, and the others answered', async () => {
  const queries = Array.from({ length: 70 }, () => customers.query(count))
  const results = await Promise.allSettled(queries)
  const busy = results.filter(({ status }) => status === 'rejected')
  expect(busy).toHaveLength(70 - 64)
  expect(await refusal(queries.at(-1) ?? Promise.resolve())).toContain('busy')
})

describe('a query of whoever has left', () => {
  const left = 'Whoever asked has left.'

  test('is not run, and one of whoever waits is', async () => {
    const gone = customers.query(count, [], AbortSignal.abort())
    const here = customers.query(count, [], new AbortController().signal)
    expect(await refusal(gone)).toBe(left)
    expect((await here).rows).toEqual([[24]])
  })

  test('is not run when they left while it waited in line', async () => {
    const caller = new AbortController()
    const first = customers.query(count)
    const waiting = customers.query(count, [], caller.signal)
    const last = customers.query(count)
    caller.abort()
    expect(await refusal(waiting)).toBe(left)
    expect((await first).rows).toEqual([[24]])
    expect((await last).rows).toEqual([[24]])
  })
})

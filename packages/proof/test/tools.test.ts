import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type StartedSubject, startSubject, stepFolder } from '@guard-up/lab'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** The text of a tool's answer, and whether it is an error. */
async function call(client: Client, name: string, args: object) {
  const answer = await client.callTool({ name, arguments: { ...args } })
  const [content] = answer.content as { type: string; text: string }[]
  return { text: content?.text ?? '', isError: answer.isError === true }
}

/** What the office does for anyone who may call it, over any transport. */
function describeTools(client: () => Client, by: string) {
  test('the four tools of the office are offered', async () => {
    const { tools } = await client().listTools()
    expect(tools.map(({ name }) => name)).toEqual([
      'read_document',
      'query_customers',
      'check_stock',
      'issue_refund',
    ])
  })

  test('a document is read by its path', async () => {
    const index = await call(client(), 'read_document', { path: '.' })
    expect(index.text).toContain('hr/salaries-2026.md')
    const path = 'hr/salaries-2026.md'
    const { text, isError } = await call(client(), 'read_document', { path })
    expect({ isError, long: text.length > 100 }).toEqual({
      isError: false,
      long: true,
    })
  })

  test('customers are queried with SQL', async () => {
    const sql = "SELECT count(*) AS n FROM customers WHERE id = 'C-1001'"
    const { text } = await call(client(), 'query_customers', { sql })
    expect(JSON.parse(text)).toEqual({ columns: ['n'], rows: [[1]] })
  })

  test('the internal stock API is asked with its own credential', async () => {
    const { text, isError } = await call(client(), 'check_stock', {
      sku: 'TEA-001',
    })
    expect(isError, text).toBe(false)
    expect(JSON.parse(text)).toHaveProperty('quantity')
  })

  test(`a refund is written down as issued by ${by}`, async () => {
    const refund = { customer: 'C-1001', amount: 1200, reason: 'test' }
    const { text } = await call(client(), 'issue_refund', refund)
    expect(JSON.parse(text)).toMatchObject({ ...refund, by })
  })

  test.each([
    ['a path that climbs out', 'read_document', { path: '../customers.sql' }],
    ['an absolute path', 'read_document', { path: '/etc/passwd' }],
    ['a document that is not there', 'read_document', { path: 'no.md' }],
    ['SQL that writes', 'query_customers', { sql: 'DELETE FROM customers' }],
    ['two statements', 'query_customers', { sql: 'SELECT 1; SELECT 2' }],
    ['SQL that is wrong', 'query_customers', { sql: 'SELEC' }],
    [
      'a result that is too large',
      'query_customers',
      {
        sql: 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT * FROM n',
      },
    ],
    [
      'a query that never ends',
      'query_customers',
      {
        sql: 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n',
      },
    ],
    ['a product that nobody sells', 'check_stock', { sku: 'TEA-000' }],
    [
      'a refund to nobody',
      'issue_refund',
      { customer: 'C-0', amount: 1, reason: 'x' },
    ],
    [
      'a negative refund',
      'issue_refund',
      { customer: 'C-1001', amount: -1, reason: 'x' },
    ],
  ])('%s is a tool error in one clear sentence', async (_what, name, args) => {
    const { text, isError } = await call(client(), name, args)
    expect(isError).toBe(true)
    expect(text).toMatch(/^.{10,200}\.$/s)
    expect(text).not.toMatch(/\bat .*:\d+|node_modules|office\/src|\/tmp\//)
  })

  test('after all that, the next call is served', async () => {
    const { isError } = await call(client(), 'read_document', { path: '.' })
    expect(isError).toBe(false)
  })
}

describe.each([
  [0, 'nobody'],
  [1, 'shared'],
  [2, 'alice'],
])('the SDK client on step-%i over Streamable HTTP', (step, by) => {
  let subject: StartedSubject
  let client: Client
  beforeAll(async () => {
    subject = await startSubject(stepFolder(step))
    const { url, token } = subject.options
    const headers = { Authorization: `Bearer ${token}` }
    const transport = new StreamableHTTPClientTransport(url, {
      requestInit: step === 0 ? {} : { headers },
    })
    client = new Client({ name: 'test', version: '1.0.0' })
    await client.connect(transport as Transport)
  }, 30_000)
  afterAll(async () => {
    await client?.close()
    await subject?.stop()
  })

  describeTools(() => client, by)
})

// stdio.ts is frozen from step 0 on, and what it serves as well.
describe.each([0])('the SDK client on step-%i over stdio', (step) => {
  let client: Client
  let officeDir: string
  beforeAll(async () => {
    officeDir = await mkdtemp(join(tmpdir(), 'guard-up-office-'))
    client = new Client({ name: 'test', version: '1.0.0' })
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: ['--import', 'tsx', 'src/stdio.ts'],
        cwd: stepFolder(step),
        env: { PATH: `${process.env.PATH}`, OFFICE_DIR: officeDir },
      }),
    )
  }, 30_000)
  afterAll(async () => {
    await client?.close()
    await rm(officeDir, { recursive: true, force: true })
  })

  describeTools(() => client, 'nobody')
})

describe('a stock API that is down', () => {
  let subject: StartedSubject
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'guard-up-credential-'))
    const file = join(folder, 'credential')
    await writeFile(file, 'demo-service-credential\n', { mode: 0o600 })
    subject = await startSubject(stepFolder(0), {
      OFFICE_STOCK_URL: 'http://127.0.0.1:9/',
      OFFICE_STOCK_CREDENTIAL_FILE: file,
    })
  }, 30_000)
  afterAll(async () => {
    await subject?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('is a tool error in one sentence that names no address', async () => {
    const client = new Client({ name: 'test', version: '1.0.0' })
    await client.connect(
      new StreamableHTTPClientTransport(subject.options.url) as Transport,
    )
    const { text, isError } = await call(client, 'check_stock', {
      sku: 'TEA-001',
    })
    expect(isError).toBe(true)
    expect(text).toMatch(/^.{10,200}\.$/)
    expect(text).not.toMatch(/127|ECONN|http/)
    await client.close()
  })
})

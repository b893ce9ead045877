import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  nextFolder,
  type StartedSubject,
  startSubject,
  stepFolder,
} from '@guard-up/lab'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Dialect,
  statelessDialect,
  usualDialect,
} from '../../guardcheck/src/probe/dialect.ts'
import { createSubject } from '../../guardcheck/src/probe/subject.ts'

/** The rooms, which the SDK is built into; all else is the guard. */
const rooms = ['mcp.ts', 'stdio.ts', 'tools.ts']

test('the guard before the next SDK is that of step 3, byte by byte', async () => {
  const [here, next] = await Promise.all(
    [stepFolder(3), nextFolder].map((folder) => readGuard(folder)),
  )
  expect(here?.has('guard.ts')).toBe(true)
  expect([...(next?.keys() ?? [])]).toEqual([...(here?.keys() ?? [])])
  const changed = [...(here ?? [])].filter(
    ([file, bytes]) => !next?.get(file)?.equals(bytes),
  )
  expect(changed.map(([file]) => file)).toEqual([])
})

/** The bytes of every source file but those of the rooms. */
async function readGuard(folder: string): Promise<Map<string, Buffer>> {
  const files = (await readdir(join(folder, 'src'))).sort()
  const read = files
    .filter((file) => !rooms.includes(file))
    .map(async (file): Promise<[string, Buffer]> => {
      return [file, await readFile(join(folder, 'src', file))]
    })
  return new Map(await Promise.all(read))
}

describe('step-3-next', () => {
  let started: StartedSubject
  beforeAll(async () => {
    started = await startSubject(nextFolder)
  }, 30_000)
  afterAll(() => started?.stop())

  const mint = (scope: string) => {
    const { liar, url } = started.options
    return liar?.mint({ aud: url.href, scope })
  }
  const tools = {
    read_document: { path: '.' },
    issue_refund: { customer: 'C-1001', amount: 1, reason: 'guardcheck' },
  }
  /** Calls one tool, while its headers may name another one. */
  const call = async (
    dialect: Dialect,
    name: keyof typeof tools,
    scope: string,
    headers: [name: string, value: string][] = [],
  ) => {
    const subject = createSubject({ ...started.options, dialect })
    const params = { name, arguments: tools[name] }
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params }
    const count = () => started.options.effect?.count()
    const before = await count()
    const answer = await subject.send({
      secret: await mint(scope),
      body,
      headers,
    })
    return { ...answer, ran: (await count()) !== before }
  }

  describe.each([usualDialect, statelessDialect])('by $revision', (dialect) => {
    test('a call without a token is answered 401', async () => {
      const subject = createSubject({ ...started.options, dialect })
      const { status, header } = await subject.send()
      expect(status).toBe(401)
      expect(header('www-authenticate')).toHaveLength(1)
    })

    test('a call with its scope is served as plain JSON, for no cache', async () => {
      const { status, ran, header } = await call(
        dialect,
        'issue_refund',
        'refunds:write',
      )
      expect([status, ran]).toEqual([200, true])
      expect(header('content-type').join()).toMatch(/^application\/json/)
      expect(header('cache-control')).toEqual(['no-store'])
    })

    test.each<[told: string, headers: [string, string][]]>([
      ['nothing else', []],
      ['a tool that its token opens', [['Mcp-Name', 'read_document']]],
      ['another method', [['Mcp-Method', 'tools/list']]],
      ['no tool', [['Mcp-Name', '']]],
      [
        'two tools',
        [
          ['Mcp-Name', 'issue_refund'],
          ['Mcp-Name', 'read_document'],
        ],
      ],
      ['another revision', [['MCP-Protocol-Version', '2025-03-26']]],
      ['no JSON', [['Content-Type', 'text/plain']]],
      ['sloppy JSON', [['Content-Type', 'application/json; charset=']]],
    ])(
      'a refund without its scope never runs, whose headers tell %s',
      async (_told, headers) => {
        const answer = await call(
          dialect,
          'issue_refund',
          'documents:read',
          headers,
        )
        expect(answer.ran).toBe(false)
        const sent = headers.some(([name]) => name === 'Content-Type')
        if (!sent) expect(answer.status).toBe(403)
        else expect([403, 415]).toContain(answer.status)
      },
    )

    test('a refund in a batch with what the token opens never runs', async () => {
      const subject = createSubject({ ...started.options, dialect })
      const before = await started.options.effect?.count()
      const body = Object.entries(tools).map(([name, given], id) => ({
        jsonrpc: '2.0',
        id,
        method: 'tools/call',
        params: { name, arguments: given },
      }))
      const secret = await mint('documents:read')
      const { status } = await subject.send({ secret, body })
      expect(status).toBe(400)
      expect(await started.options.effect?.count()).toBe(before)
    })
  })

  test('by 2026-07-28 a header that names another tool ends the call', async () => {
    const named = await call(
      statelessDialect,
      'read_document',
      'documents:read',
      [['Mcp-Name', 'issue_refund']],
    )
    expect(named.status).toBe(400)
    expect(named.messages()).toMatchObject([{ error: { code: -32020 } }])
  })

  test('a stream of subscriptions ends at once: nothing will change', async () => {
    const dialect = statelessDialect
    const subject = createSubject({ ...started.options, dialect })
    const method = 'subscriptions/listen'
    const params = { notifications: { toolsListChanged: true } }
    const body = { jsonrpc: '2.0', id: 1, method, params }
    const secret = await mint('documents:read')
    const answer = await subject.send({ secret, body })
    const [first, last] = answer.messages()
    expect(first).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
    })
    expect(Object(first?.params).notifications).toEqual({})
    expect(last).toMatchObject({ id: 1, result: { resultType: 'complete' } })
  })
})

// Clients that we did not write, from the npm registry at pinned versions.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type StartedSubject, startSubject, stepFolder } from './subjects.ts'

const run = promisify(execFile)

const npx = ['--prefer-offline', '-y']
const remote = 'mcp-remote@0.15.1'
const inspector = '@modelcontextprotocol/inspector@2.12.0'

describe.each([0, 1, 2])('step-%i', (step) => {
  let subject: StartedSubject
  let folder: string
  beforeAll(async () => {
    subject = await startSubject(stepFolder(step))
    folder = await mkdtemp(join(tmpdir(), 'guard-up-clients-'))
  }, 30_000)
  afterAll(async () => {
    await subject?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** The arguments with which these clients send a header of ours. */
  const header = (token: string | undefined) =>
    step === 0 ? [] : ['--header', `Authorization:Bearer ${token}`]

  test('mcp-remote passes, and its client calls a tool', async () => {
    const { url, token } = subject.options
    const client = new Client({ name: 'test', version: '1.0.0' })
    await client.connect(
      new StdioClientTransport({
        command: 'npx',
        args: [
          ...npx,
          remote,
          url.href,
          '--allow-http',
          '--transport',
          'http-only',
          ...header(token),
        ],
        env: { ...environment(), MCP_REMOTE_CONFIG_DIR: folder },
        stderr: 'ignore',
      }),
    )
    try {
      const answer = await client.callTool({
        name: 'check_stock',
        arguments: { sku: 'TEA-001' },
      })
      expect(JSON.stringify(answer.content)).toContain('TEA-001')
    } finally {
      await client.close()
    }
  }, 120_000)

  const inspect = (token: string | undefined) =>
    run(
      'npx',
      [
        ...npx,
        inspector,
        '--cli',
        subject.options.url.href,
        '--transport',
        'http',
        '--method',
        'tools/call',
        '--tool-name',
        'check_stock',
        '--tool-arg',
        'sku=TEA-001',
        ...header(token),
      ],
      { env: environment(), timeout: 110_000 },
    )

  test('the MCP Inspector passes, and calls a tool', async () => {
    const { stdout } = await inspect(subject.options.token)
    expect(stdout).toContain('TEA-001')
  }, 120_000)

  if (step === 0) return
  test('the MCP Inspector with a wrong token is refused, and asks for OAuth', async () => {
    await expect(inspect('wrong')).rejects.toThrow(/auth_required/)
  }, 120_000)
})

/** Our environment without what would colour or steer the clients. */
function environment(): Record<string, string> {
  const { NODE_OPTIONS: _options, ...env } = process.env
  return { ...(env as Record<string, string>), NO_COLOR: '1' }
}

// mcp-remote, from the npm registry: what people put between a client that
// only speaks stdio and a server like this one.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findPort, startTrusting, type TrustingSubject } from '@guard-up/lab'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser, signIn } from '../../guardcheck/src/sign-in/browser.ts'

const npx = ['--prefer-offline', '-y', 'mcp-remote@0.15.1']

/** Why it cannot run here; undefined when it can. */
const missing = await promisify(execFile)('npx', [...npx, '--version'], {
  timeout: 60_000,
}).then(
  () => undefined,
  (error: Error & { stderr?: string }) =>
    /Usage/.test(`${error.stderr}`) ? undefined : error.message,
)
if (missing) console.warn(`mcp-remote is skipped: ${missing}`)

describe.skipIf(missing)('mcp-remote', () => {
  let subject: TrustingSubject
  let home: string
  let client: Client
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'guard-up-remote-'))
    subject = await startTrusting(undefined, undefined, {
      ISSUER_REGISTRATION: 'on',
    })
    const { url, issuer } = subject.options
    const port = await findPort()
    const transport = new StdioClientTransport({
      command: 'npx',
      args: [...npx, url.href, `${port}`, '--transport', 'http-only'],
      env: {
        ...(process.env as Record<string, string>),
        MCP_REMOTE_CONFIG_DIR: home,
        // Nothing is there that could open a window.
        BROWSER: 'true',
        DISPLAY: '',
      },
      stderr: 'pipe',
    })
    let told = ''
    let followed = false
    transport.stderr?.on('data', async (text) => {
      told += text
      const link = /https:\/\/\S+\/auth\?\S+/.exec(told)?.[0]
      if (!link || followed) return
      followed = true
      const back = await signIn(
        openBrowser(issuer.ca),
        new URL(link),
        issuer.person,
      )
      get(back).on('response', (response) => response.resume())
    })
    client = new Client({ name: 'desk', version: '1.0.0' })
    await client.connect(transport).catch((error: Error) => {
      throw new Error(`${error.message}\n${told}`)
    })
  }, 90_000)
  afterAll(async () => {
    await client?.close()
    await subject?.stop()
    await rm(home, { recursive: true, force: true })
  })

  test('goes the whole way, from registering to a document', async () => {
    const answer = await client.callTool({
      name: 'read_document',
      arguments: { path: '.' },
    })
    expect(JSON.stringify(answer.content)).toContain('price-list.md')
  })
})

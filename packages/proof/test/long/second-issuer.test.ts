import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPort, sharedPair, startServer, stepFolder } from '@guard-up/lab'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { StartedProcess } from 'guardcheck'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Desk, openDesk } from '../desk.ts'
import {
  client,
  type Glewlwyd,
  startGlewlwyd,
  whyNoGlewlwyd,
} from './glewlwyd.ts'

const obstacle = whyNoGlewlwyd()
if (obstacle) console.warn(`Skipped: ${obstacle}`)

/** Whom the token is about: the server that issued it names nobody. */
function subjectOf(desk: Desk): string {
  const [, claims = ''] = desk.tokens()?.access_token.split('.') ?? []
  return JSON.parse(Buffer.from(claims, 'base64url').toString()).sub
}

describe.skipIf(obstacle)('step 3 with an authorization server in C', () => {
  const home = mkdtempSync(join(tmpdir(), 'guard-up-glewlwyd-'))
  let issuer: Glewlwyd
  let server: StartedProcess
  let desk: Desk
  let caller: Client
  beforeAll(async () => {
    const port = await findPort()
    const resource = `https://localhost:${port}/mcp`
    issuer = await startGlewlwyd(home, await findPort(), resource, [
      'documents:read',
      'refunds:write',
    ])
    const pair = await sharedPair()
    server = await startServer(stepFolder(3), {
      PORT: `${port}`,
      TLS_KEY_FILE: pair.keyFile,
      TLS_CERT_FILE: pair.certFile,
      OFFICE_DIR: join(home, 'office'),
      OAUTH_ISSUER: issuer.issuer,
    })
    desk = openDesk(server.url, client, (link) => issuer.authorize(link))
    caller = await desk.connect()
  })
  afterAll(async () => {
    await caller?.close()
    await server?.stop()
    await issuer?.stop()
    rmSync(home, { recursive: true, force: true })
  })

  test('the SDK client is sent to it, and only for the least that is of use', () => {
    expect(desk.links.map(({ origin }) => origin)).toEqual([
      new URL(issuer.issuer).origin,
    ])
    expect(desk.links[0]?.searchParams.get('scope')).toBe('documents:read')
    expect(desk.links[0]?.searchParams.get('resource')).toBe(server.url.href)
  })

  test('a document is read with its token', async () => {
    const answer = await caller.callTool({
      name: 'read_document',
      arguments: { path: '.' },
    })
    expect(JSON.stringify(answer.content)).toContain('price-list.md')
  })

  test('a refund is refused until the person agrees to that as well', async () => {
    const refund = {
      name: 'issue_refund',
      arguments: { customer: 'C-1001', amount: 1, reason: 'test' },
    }
    await expect(caller.callTool(refund)).rejects.toThrow()
    const asked = desk.links[1]?.searchParams.get('scope')
    expect(asked).toBe('documents:read refunds:write')
    await caller.close()
    caller = await desk.finish()
    const { content } = await caller.callTool(refund)
    const [{ text } = { text: '' }] = content as { text: string }[]
    expect(JSON.parse(text)).toMatchObject({ amount: 1, by: subjectOf(desk) })
  })
})

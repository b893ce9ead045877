import { type Issuer, startTrusting, type TrustingSubject } from '@guard-up/lab'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SignInHold } from '../../guardcheck/src/probe/options.ts'
import { openBrowser, signIn } from '../../guardcheck/src/sign-in/browser.ts'
import { type Desk, openDesk } from './desk.ts'

let subject: TrustingSubject
let hold: SignInHold
beforeAll(async () => {
  subject = await startTrusting()
  hold = subject.options.issuer
}, 60_000)
afterAll(() => subject?.stop())

const open = (name: Parameters<Issuer['person']>[0]): Desk =>
  openDesk(
    subject.options.url,
    { client_id: hold.clientId, redirect_uri: hold.redirectUri },
    (link) => signIn(openBrowser(hold.ca), link, subject.person(name)),
  )

const refund = {
  name: 'issue_refund',
  arguments: { customer: 'C-1001', amount: 300, reason: 'A torn bag' },
}

describe("the SDK's own OAuth client", () => {
  let desk: Desk
  let client: Client
  beforeAll(async () => {
    desk = open('alice')
    client = await desk.connect()
  })
  afterAll(() => client?.close())

  test('finds the issuer by itself, from the 401 on', () => {
    const [link] = desk.links
    expect(link?.origin).toBe(new URL(hold.issuer).origin)
    expect(link?.searchParams.get('resource')).toBe(subject.options.url.href)
    expect(link?.searchParams.get('scope')).toBe('documents:read')
  })

  test('reads a document with the least of scopes', async () => {
    const path = { path: 'price-list.md' }
    const answer = await client.callTool({
      name: 'read_document',
      arguments: path,
    })
    expect(answer.isError ?? false).toBe(false)
  })

  test('steps up for a refund, which the ledger puts down to alice', async () => {
    await expect(client.callTool(refund)).rejects.toThrow()
    const asked = desk.links.at(-1)?.searchParams.get('scope')
    expect(asked).toBe('documents:read refunds:write')
    await client.close()
    client = await desk.finish()
    const before = await callers()
    await client.callTool(refund)
    expect(await callers()).toEqual([...before, 'alice'])
  })

  test('gets no refund for bob, who may only read', async () => {
    const bob = open('bob')
    const reader = await bob.connect()
    const before = await callers()
    await expect(reader.callTool(refund)).rejects.toThrow()
    await reader.close()
    // He may allow what he holds himself, which is not what the call needs.
    const again = await bob.finish()
    await expect(again.callTool(refund)).rejects.toThrow()
    expect(await callers()).toEqual(before)
    await again.close()
  })
})

const callers = async () => (await subject.options.effect?.callers?.()) ?? []

// A person and a real browser.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startTrusting, type TrustingSubject } from '@guard-up/lab'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Desk, openDesk } from '../desk.ts'
import {
  type Browser,
  type Chromium,
  found,
  launch,
  type Page,
} from './chromium.ts'

describe.skipIf(typeof found === 'string')('in a browser', () => {
  let subject: TrustingSubject
  let browser: Browser
  let callback: Server
  let redirectUri: string
  beforeAll(async () => {
    subject = await startTrusting()
    const pem = readFileSync(`${process.env.NODE_EXTRA_CA_CERTS}`, 'utf8')
    browser = await launch(found as Chromium, pem)
    callback = createServer((_req, res) => res.end('Back at the desk.'))
    await once(callback.listen(0, '127.0.0.1'), 'listening')
    const { port } = callback.address() as AddressInfo
    redirectUri = `http://127.0.0.1:${port}/callback`
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    callback?.close()
    await subject?.stop()
  })

  /** A client whose person sits at the browser. */
  function openSeat(login: 'alice' | 'bob', locale: string) {
    const { issuer, url } = subject.options
    const { password } = subject.person(login)
    const pages: Promise<Page>[] = []
    const texts: string[] = []
    const client = { client_id: issuer.clientId, redirect_uri: redirectUri }
    const desk: Desk = openDesk(url, client, async (link) => {
      if (pages.length === 0) {
        const context = await browser.newContext({ locale })
        pages.push(context.newPage())
      }
      const page = (await pages[0]) as Page
      await page.goto(link.href)
      const asks = 'input[type=password]'
      if (await page.evaluate<boolean>(`!!document.querySelector('${asks}')`)) {
        texts.push(`${await page.textContent('main')}`)
        await page.fill('input[name=login]', login)
        await page.fill(asks, password)
        const asked = page.url()
        await page.press(asks, 'Enter')
        await page.waitForURL(({ href }) => href !== asked)
      }
      const shows = await page.evaluate<boolean>(
        `!location.href.startsWith('${redirectUri}')`,
      )
      if (shows) {
        texts.push(`${await page.textContent('main')}`)
        // Who may give nothing of what is asked can only go back.
        const may = await page.evaluate<boolean>(
          `!!document.querySelector('button[value=allow]')`,
        )
        await page.click(`button[value=${may ? 'allow' : 'deny'}]`)
        await page.waitForURL(/callback/)
      }
      const back = new URL(page.url())
      const error = back.searchParams.get('error')
      if (error) throw new Error(error)
      return back
    })
    return { desk, texts }
  }

  const refund = {
    name: 'issue_refund',
    arguments: { customer: 'C-1001', amount: 300, reason: 'A torn bag' },
  }
  const callers = async () => (await subject.options.effect?.callers?.()) ?? []

  test('alice signs in, agrees, and her refund is hers in the ledger', async () => {
    const { desk, texts } = openSeat('alice', 'en-US')
    let client: Client = await desk.connect()
    expect(texts[1]).toContain('127.0.0.1')
    await expect(client.callTool(refund)).rejects.toThrow()
    client = await desk.finish()
    await client.callTool(refund)
    expect(await callers()).toEqual(['alice'])
    await client.close()
  })

  test('bob steps up in Japanese, and is refused', async () => {
    const { desk, texts } = openSeat('bob', 'ja-JP')
    const client = await desk.connect()
    expect(texts.join()).toMatch(/[ぁ-ん]/)
    await expect(client.callTool(refund)).rejects.toThrow()
    await client.close()
    // He may allow what he holds himself, which is not what the call needs.
    const again = await desk.finish()
    expect(texts.at(-1)).toContain('refunds:write')
    await expect(again.callTool(refund)).rejects.toThrow()
    expect(await callers()).toEqual(['alice'])
    await again.close()
  })
})

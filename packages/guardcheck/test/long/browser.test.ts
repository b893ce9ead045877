// A person and a real browser: Debian's Chromium, driven by playwright-core
// from the npm registry, which only this test needs.
import { execFile } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Desk, openDesk } from '../desk.ts'
import type { TrustingSubject } from '../trusting.ts'
import { startTrusting } from '../trusting.ts'

const executablePath = '/usr/bin/chromium'

/** The parts of playwright-core that are used. */
interface Chromium {
  launch(options: object): Promise<Browser>
}
interface Browser {
  newContext(options: object): Promise<{ newPage(): Promise<Page> }>
  close(): Promise<void>
}
interface Page {
  goto(url: string): Promise<unknown>
  fill(selector: string, text: string): Promise<void>
  click(selector: string): Promise<void>
  press(selector: string, key: string): Promise<void>
  textContent(selector: string): Promise<string | null>
  waitForURL(url: RegExp): Promise<void>
  evaluate<T>(script: string): Promise<T>
  url(): string
}

/** Why no browser can be had here, or the way to one. */
const found = existsSync(executablePath)
  ? await findChromium().catch((error: Error) => error.message)
  : `${executablePath} is not there: apt-get install chromium.`
if (typeof found === 'string') console.warn(`The browser is skipped: ${found}`)

/** Has npx fetch playwright-core, and loads it from where that puts it. */
async function findChromium(): Promise<Chromium> {
  const { stdout } = await promisify(execFile)(
    'npx',
    [
      '--prefer-offline',
      '-y',
      '-p',
      'playwright-core@1.65.1',
      '--',
      process.execPath,
      '-p',
      'process.env.PATH',
    ],
    { timeout: 120_000 },
  )
  const bin = stdout
    .trim()
    .split(delimiter)
    .find((folder) => existsSync(join(folder, '../playwright-core')))
  if (!bin) throw new Error('npx has put playwright-core nowhere.')
  return createRequire(join(bin, '../x.js'))('playwright-core').chromium
}

describe.skipIf(typeof found === 'string')('in a browser', () => {
  let subject: TrustingSubject
  let browser: Browser
  let callback: Server
  let redirectUri: string
  beforeAll(async () => {
    subject = await startTrusting()
    const pem = readFileSync(`${process.env.NODE_EXTRA_CA_CERTS}`)
    const key = new X509Certificate(pem).publicKey
    const spki = createHash('sha256')
      .update(key.export({ type: 'spki', format: 'der' }))
      .digest('base64')
    browser = await (found as Chromium).launch({
      executablePath,
      args: [
        '--no-sandbox',
        // One certificate is trusted, by its key, and no other.
        `--ignore-certificate-errors-spki-list=${spki}`,
      ],
    })
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
  function openSeat(login: string, locale: string) {
    const { issuer, url } = subject.options
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
        await page.fill(asks, issuer.person.password)
        await page.press(asks, 'Enter')
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
    await expect(desk.finish()).rejects.toThrow('access_denied')
    expect(texts.at(-1)).toContain('refunds:write')
    expect(await callers()).toEqual(['alice'])
    await client.close()
  })
})

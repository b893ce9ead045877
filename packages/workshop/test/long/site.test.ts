import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { languages } from 'guardcheck'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { listLessons } from '../../src/page/lesson.ts'
import { siteFolder } from '../../src/page/publish.ts'
import { root } from '../../src/repository.ts'
import { launch, noBrowser } from './chromium.ts'

const output = join(siteFolder, 'dist')

beforeAll(async () => {
  const args = ['--import', 'tsx', 'packages/workshop/src/page/site.ts']
  const options = { cwd: root, timeout: 300_000 }
  await promisify(execFile)(process.execPath, args, options)
}, 320_000)

const readPages = () =>
  readdirSync(output, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.html') && file !== '404.html')
    .map((file) => ({ file, html: readFileSync(join(output, file), 'utf8') }))

/** The file that a path of the site leads to, as a static host finds it. */
function findFile(path: string): string | undefined {
  const names = [path, `${path}.html`, join(path, 'index.html')]
  return names
    .map((name) => join(output, decodeURIComponent(name)))
    .find((file) => existsSync(file) && /\.\w+$/.test(file))
}

describe('the site', () => {
  test.each(languages)('has every lesson in %s', (lang) => {
    for (const { name, title } of listLessons(lang)) {
      const html = readFileSync(join(output, lang, `${name}.html`), 'utf8')
      expect(html).toContain(`<html lang="${lang}"`)
      expect(html).toContain(title.split('`')[0])
    }
  })

  test('has no link that leads to nothing', () => {
    const dead: string[] = []
    const pages = readPages()
    for (const { file, html } of pages) {
      const links = html.matchAll(/ (?:href|src)="([^"]+)"/g)
      for (const [, href = ''] of links) {
        const url = new URL(href, `http://site/${relative('.', file)}`)
        if (url.host !== 'site') continue
        if (!findFile(url.pathname)) dead.push(`${file}: ${href}`)
      }
    }
    expect(pages.length).toBeGreaterThan(20)
    expect(dead).toEqual([])
  })

  test('finds Japanese words', () => {
    const index = readdirSync(join(output, 'assets/chunks')).find((file) =>
      file.includes('localSearchIndexja'),
    )
    const text = readFileSync(join(output, 'assets/chunks', `${index}`), 'utf8')
    for (const word of ['呼び出し', '資格', 'シークレット']) {
      expect(text).toContain(word)
    }
  })

  test.skipIf(noBrowser)(
    'shows the recorded run, says when it was recorded, and asks nobody else',
    async () => {
      const server = createServer((req, res) => {
        const file = findFile(`${req.url}`.split('?')[0] ?? '')
        if (!file) return res.writeHead(404).end()
        const type = {
          js: 'text/javascript',
          css: 'text/css',
          svg: 'image/svg+xml',
        }
        const end = file.split('.').at(-1) as keyof typeof type
        res.setHeader('Content-Type', type[end] ?? 'text/html')
        res.end(readFileSync(file))
      })
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
      const browser = await launch()
      onTestFinished(async () => {
        await browser.close()
        server.close()
      })
      const { port } = server.address() as AddressInfo
      const origin = `http://127.0.0.1:${port}`
      const context = await browser.newContext({ locale: 'ja' })
      const tab = await context.newPage()
      const faults: string[] = []
      tab.on('pageerror', (error) => faults.push(`${error}`))
      tab.on('console', (message) => {
        if (message.type() === 'error') faults.push(message.text())
      })
      tab.on('request', (request) => {
        if (!request.url().startsWith(origin)) faults.push(request.url())
      })
      await tab.goto(`${origin}/panel/?lang=ja#/attacks/0/read-salaries`)
      await tab.waitForSelector('.cell.breached')
      expect(await tab.textContent('.detail')).toContain('POST /mcp')
      expect(await tab.textContent('.bar .state')).toMatch(/\d年\d+月\d+日/)
      for (const [panel, sign] of [
        ['properties', '.cell.holds'],
        ['diff', '.file-diff'],
        ['rotation', '.plot .refused'],
        ['flow', '.claims'],
      ]) {
        await tab.evaluate(`location.hash = '#/${panel}/11'`)
        await tab.waitForSelector(`${sign}`)
      }
      await tab.goto(`${origin}/ja/1-bearer`)
      await tab.waitForSelector('.VPSidebar')
      expect(faults).toEqual([])
    },
  )
})

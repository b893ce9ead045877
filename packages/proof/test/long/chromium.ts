// Debian's Chromium, driven by playwright-core from the npm registry, which
// only these tests need.
import { execFile } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

export const executablePath = '/usr/bin/chromium'

/** The parts of playwright-core that are used. */
export interface Chromium {
  launch(options: object): Promise<Browser>
}
export interface Browser {
  newContext(options: object): Promise<{ newPage(): Promise<Page> }>
  close(): Promise<void>
}
export interface Page {
  goto(url: string): Promise<unknown>
  fill(selector: string, text: string): Promise<void>
  click(selector: string): Promise<void>
  press(selector: string, key: string): Promise<void>
  textContent(selector: string): Promise<string | null>
  waitForURL(url: RegExp | ((url: URL) => boolean)): Promise<void>
  evaluate<T>(script: string): Promise<T>
  url(): string
}

/** Why no browser can be had here, or the way to one. */
export const found = existsSync(executablePath)
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

/** A browser that trusts one certificate, by its key, and no other. */
export function launch(chromium: Chromium, pem: string): Promise<Browser> {
  const spki = createHash('sha256')
    .update(
      new X509Certificate(pem).publicKey.export({
        type: 'spki',
        format: 'der',
      }),
    )
    .digest('base64')
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', `--ignore-certificate-errors-spki-list=${spki}`],
  })
}

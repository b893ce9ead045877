// Debian's Chromium, driven by what the workspace of the site has installed.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../../src/repository.ts'

export const executablePath = '/usr/bin/chromium'

/** The folder of the site, a workspace of its own. */
export const siteFolder = join(root, 'packages/site')

/** Why there is no browser here; empty when there is one. */
export const noBrowser = existsSync(executablePath)
  ? ''
  : `${executablePath} is not there: apt-get install chromium.`
if (noBrowser) console.warn(`The browser is skipped: ${noBrowser}`)

/** The parts of playwright-core that are used. */
export interface Browser {
  newContext(options: object): Promise<Context>
  close(): Promise<void>
}
export interface Context {
  newPage(): Promise<Page>
  close(): Promise<void>
}
export interface Page {
  // biome-ignore lint/suspicious/noExplicitAny: each event has its own
  on(event: string, listener: (value: any) => void): void
  goto(url: string): Promise<unknown>
  click(selector: string): Promise<void>
  press(selector: string, key: string): Promise<void>
  textContent(selector: string): Promise<string | null>
  waitForSelector(selector: string): Promise<unknown>
  waitForURL(url: RegExp): Promise<void>
  evaluate<T>(script: string): Promise<T>
  route(
    pattern: string,
    answer: (route: {
      fulfill(options: object): Promise<void>
      continue(): Promise<void>
    }) => Promise<void>,
  ): Promise<void>
  screenshot(options: object): Promise<unknown>
  url(): string
}

/** Installs what the site needs, which is nothing when it is there. */
export async function installSite(): Promise<void> {
  await promisify(execFile)(
    'npx',
    [
      ...['--prefer-offline', '-y', 'pnpm@12.21.0'],
      ...['--dir', siteFolder, 'install', '--frozen-lockfile'],
    ],
    { cwd: siteFolder, timeout: 300_000 },
  )
}

/** A module of the site's workspace. */
export function requireFromSite(name: string) {
  return createRequire(join(siteFolder, 'package.json'))(name)
}

/** The path of a file in one of its modules. */
export function resolveFromSite(name: string): string {
  return createRequire(join(siteFolder, 'package.json')).resolve(name)
}

export function launch(): Promise<Browser> {
  const { chromium } = requireFromSite('playwright-core')
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}

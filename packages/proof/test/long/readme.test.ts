// The README's way from a clone to a refund, line by line, in a fresh copy.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Browser,
  type Chromium,
  found,
  launch,
  type Page,
} from './chromium.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** What a clone would hold, with what is not committed yet. */
function copyRepository(folder: string): void {
  const args = ['ls-files', '-z', '-co', '--exclude-standard']
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8' })
  for (const file of new Set(listed.split('\0').filter(Boolean))) {
    if (!existsSync(join(root, file))) continue
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    copyFileSync(join(root, file), join(folder, file))
  }
}

/** The lines of the fence below a heading, without their comments. */
function linesBelow(heading: string): string[] {
  const text = readFileSync(join(root, 'README.md'), 'utf8')
  const [, section = ''] = text.split(`\n${heading}\n`)
  const [, fence = ''] = /```console\n(.*?)```/s.exec(section) ?? []
  return fence
    .split('\n')
    .map((line) => line.replace(/ +#.*/, ''))
    .filter(Boolean)
}

/** The environment of a new terminal: nothing of what started this test. */
function plainEnv(): NodeJS.ProcessEnv {
  const ours =
    /^(npm_|pnpm_|NODE_|TURBO_|VITEST|GUARDCHECK_|INIT_CWD|TEST$|DEV$|PROD$|MODE$)/i
  const entries = Object.entries(process.env)
  return Object.fromEntries(entries.filter(([name]) => !ours.test(name)))
}

const lines = linesBelow('### A refund in your own name')

describe.skipIf(typeof found === 'string')('the lines of the README', () => {
  const home = mkdtempSync(join(tmpdir(), 'guard-up-readme-'))
  const cwd = join(home, 'guard-up')
  const running: ChildProcess[] = []
  let browser: Browser | undefined

  beforeAll(() => copyRepository(cwd))
  afterAll(async () => {
    await browser?.close()
    for (const child of running.reverse()) await end(child)
    rmSync(home, { recursive: true, force: true })
  })

  /** Types a line into a terminal of its own. */
  function type(line: string) {
    const child = spawn(line, {
      cwd,
      shell: true,
      detached: true,
      env: { ...plainEnv(), HOME: home },
    })
    running.push(child)
    let output = ''
    const keep = (text: Buffer) => {
      output += text
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const exit = new Promise<number>((resolve) => {
      child.once('exit', (code) => resolve(code ?? 1))
    })
    return {
      exit,
      output: () => output,
      /** What the last of the matches captured, once there is one. */
      async says(pattern: RegExp, count = 1): Promise<string> {
        for (let tries = 0; tries < 600; tries += 1) {
          const matches = [...output.matchAll(pattern)]
          if (matches.length >= count) return `${matches.at(-1)?.[1]}`
          if (child.exitCode !== null) break
          await wait(200)
        }
        throw new Error(`${line} did not say ${pattern}:\n${output}`)
      },
    }
  }

  test('lead from a clone to a refund that alice issued', async () => {
    expect(lines).toHaveLength(4)
    const [certs = '', issuer = '', step = '', refund = ''] = lines
    // What the README begins with, which installs.
    const first = type('npm start -- --once --step 0')
    expect(await first.exit, first.output()).toBe(0)
    expect(await type(certs).exit).toBe(0)

    const password = await type(issuer).says(/password of alice is (\S+)/g)
    await type(step).says(/^(https:\S+)$/gm)
    const seat = type(refund)

    const pem = readFileSync(join(cwd, 'certs/cert.pem'), 'utf8')
    browser = await launch(found as Chromium, pem)
    const page = await (await browser.newContext({})).newPage()
    const agree = async () => {
      await page.click('button[value=allow]')
      await page.waitForURL(/callback/)
    }
    await page.goto(await seat.says(/^\s+(https:\/\/\S+)$/gm))
    await signIn(page, password)
    await agree()
    await page.goto(await seat.says(/^\s+(https:\/\/\S+)$/gm, 2))
    await agree()

    expect(await seat.says(/"by":\s*"(\w+)"/g)).toBe('alice')
    expect(await seat.exit).toBe(0)
  })
})

async function signIn(page: Page, password: string): Promise<void> {
  await page.fill('input[name=login]', 'alice')
  await page.fill('input[type=password]', password)
  await page.press('input[type=password]', 'Enter')
}

/** Ends what a line has started, by its group. */
async function end(child: ChildProcess): Promise<void> {
  const kill = (signal: NodeJS.Signals | 0) => {
    try {
      process.kill(-(child.pid as number), signal)
      return true
    } catch {
      return false
    }
  }
  for (let tries = 0; tries < 50; tries += 1) {
    if (!kill(tries === 0 ? 'SIGTERM' : 0)) return
    await wait(100)
  }
  kill('SIGKILL')
}

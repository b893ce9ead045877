// Follows lesson 1 as a reader would: runs the guard that it begins with, the
// attacks that it shows, and sends the same ones to the guard of step 1.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readSecrets, startServer, stepFolder } from '@guard-up/lab'
import { readLedger } from '@guard-up/office'
import type { StartedProcess } from 'guardcheck'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readLessons } from '../src/lesson.ts'
import { root } from '../src/steps.ts'

const run = promisify(execFile)
const token = 'my-own-token'
const example = join(root, 'lessons/exercises/env-guard')
const pages = readLessons().filter(({ name }) => name === '1-bearer.md')

/** The commands that a page shows, by the server that they are sent to. */
const commandsOf = ({ fences }: (typeof pages)[number], place: string) =>
  fences
    .filter(({ binding }) => binding?.kind === 'run' && binding.to === place)
    .flatMap(({ content }) => content.split('\n'))
    .filter((line) => line.startsWith('$ '))
    .map((line) => line.slice('$ '.length))

const [english, japanese] = pages as [
  (typeof pages)[number],
  (typeof pages)[number],
]
const [unset = ''] = commandsOf(english, 'env-guard-unset')
const [plain = '', spelled = '', broken = ''] = commandsOf(english, 'env-guard')

let home: string
const started: Record<string, StartedProcess> = {}
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'guard-up-bridge-'))
  const servers: [string, string, string | undefined][] = [
    ['unset', example, undefined],
    ['set', example, token],
    ['step-1', stepFolder(1), undefined],
  ]
  for (const [name, folder, secret] of servers) {
    started[name] = await startServer(folder, {
      OFFICE_DIR: join(home, name),
      MCP_TOKEN: secret,
    })
  }
}, 60_000)
afterAll(async () => {
  for (const server of Object.values(started)) await server.stop()
  await rm(home, { recursive: true, force: true })
})

/** What a command of the page prints when it is sent to a server. */
async function follow(command: string, name: string, ...more: string[]) {
  const [program = '', ...args] = command
    .replace(/127\.0\.0\.1:\d+/, `${started[name]?.url.host}`)
    .split(' ')
  for (let tries = 1; ; tries += 1) {
    const { stdout, stderr } = await run(program, [...args, ...more], {
      cwd: root,
    }).catch((error: { stdout: string; stderr: string }) => error)
    const told = `${stdout}${stderr}`
    // On a busy machine the database gives up: that is no word of a guard.
    if (!told.includes('took over 2 seconds') || tries === 5) return told
  }
}

/** By whom each refund was, in order. */
async function payers(name: string): Promise<string[]> {
  const { refunds } = await readLedger(join(home, name))
  return refunds.map(({ by }) => by)
}

const bearer = (secret: string) => ['-H', `Authorization: Bearer ${secret}`]

test('both languages show the same attacks', () => {
  for (const place of ['env-guard-unset', 'env-guard', 'step-1']) {
    expect(commandsOf(english, place)).not.toEqual([])
    expect(commandsOf(japanese, place)).toEqual(commandsOf(english, place))
  }
})

describe('the guard of an environment variable and an if', () => {
  test('admits the token, and tells the ledger nothing of who it was', async () => {
    expect(await follow(plain, 'set', ...bearer(token))).toContain('\n200\n')
    expect(await payers('set')).toEqual(['nobody'])
  })

  test('refuses another token, and none', async () => {
    expect(await follow(plain, 'set', ...bearer('other'))).toContain('\n401\n')
    expect(await follow(plain, 'set')).toContain('\n401\n')
  })

  test('is broken by attack 1: an unset variable admits everyone', async () => {
    expect(await follow(unset, 'unset')).toContain('\n200\n')
    expect(await payers('unset')).toEqual(['nobody'])
  })

  test('is broken by attack 2: another spelling of the path', async () => {
    const before = await payers('set')
    expect(await follow(spelled, 'set')).toContain('\n200\n')
    expect(await payers('set')).toEqual([...before, 'nobody'])
  })

  test('is broken by attack 3: a body is parsed before it is asked', async () => {
    expect(await follow(broken, 'set')).toContain('error: 400')
    const [, config = ''] = / -K (\S+)/.exec(broken) ?? []
    expect(await readFile(join(root, config), 'utf8')).toContain('data = "{"')
  })
})

describe('the guard of step 1', () => {
  const attacks = commandsOf(english, 'step-1')

  test('meets the attacks that broke the other one', () => {
    const sent = (command: string) => command.replace(/:\d+/, '')
    expect(attacks.map(sent)).toEqual([unset, spelled, broken].map(sent))
  })

  test.each(attacks)('holds against %s', async (command) => {
    expect(await follow(command, 'step-1')).toMatch(/\b401\n/)
    expect(await payers('step-1')).toEqual([])
  })

  test('holds against the word that a missing variable turns into', async () => {
    const told = await follow(plain, 'step-1', ...bearer('undefined'))
    expect(told).toContain('\n401\n')
  })

  test('admits its token, and the ledger names the caller', async () => {
    const [secret = ''] = readSecrets(stepFolder(1))
    expect(await follow(plain, 'step-1', ...bearer(secret))).toContain(
      '\n200\n',
    )
    expect(await payers('step-1')).toEqual(['shared'])
  })
})

import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { catalogue } from '../src/catalogue.ts'
import { nobodysTool } from '../src/families/ask/requests.ts'
import { judgeAll } from '../src/judge/runner.ts'
import { streamDialect, usualDialect } from '../src/probe/dialect.ts'
import { formsOf } from '../src/probe/text/redact.ts'
import { type Stranger, speak, startStranger } from './strangers.ts'

const running = new Set<Stranger>()
const start = async (answer: RequestListener) => {
  const stranger = await startStranger(answer)
  running.add(stranger)
  return stranger
}
afterEach(async () => {
  await Promise.all([...running].map((stranger) => stranger.stop()))
  running.clear()
})

const secret = randomBytes(24).toString('base64url')
const cli = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))

/** Runs the command with a token in its environment. */
function guardcheck(
  ...args: string[]
): Promise<{ status: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, STRANGER_TOKEN: secret }
    const all = ['--import', 'tsx', cli, ...args]
    const child = execFile(process.execPath, all, { env }, (_, out, err) =>
      resolve({ status: child.exitCode ?? -1, out, err }),
    )
  })
}

/** The tools that a stranger was asked to call, but for what none can be. */
const calledTools = ({ received }: Stranger) =>
  received
    .filter(({ body }) => body.includes('"method":"tools/call"'))
    .flatMap(({ body }) => /"name":"([^"\\]*)"/.exec(body)?.[1] ?? [])
    .filter((name) => name !== nobodysTool && !nobodysNames.includes(name))
const nobodysNames = ['', '__proto__', 'constructor', 'toString']

describe('the command keeps to what it says first', () => {
  test.each([
    ['2025-11-25', usualDialect],
    ['HTTP+SSE', streamDialect],
  ])('to a server of %s', async (_, dialect) => {
    const stranger = await start(speak({ dialect, secret }))
    const { out, err, status } = await guardcheck(
      stranger.url.href,
      ...['--token-env', 'STRANGER_TOKEN', '--format', 'json'],
      ...['--second-token-env', 'STRANGER_TOKEN', '--step', '2'],
    )
    const [, requests, mebibytes] =
      /at most (\d+) and (\d+) MiB in all; no tool is called\./.exec(err) ?? []
    expect(stranger.received.length).toBeLessThanOrEqual(Number(requests))
    expect(stranger.bytes()).toBeLessThanOrEqual(Number(mebibytes) * 2 ** 20)
    expect(calledTools(stranger)).toEqual([])
    for (const form of formsOf(secret)) expect(out + err).not.toContain(form)
    expect(JSON.parse(out)).toMatchObject({ open: false, level: 2 })
    expect(status).toBe(0)
  })

  test('only the tool that was named is called', async () => {
    const stranger = await start(speak({ dialect: usualDialect, secret }))
    const { err, status } = await guardcheck(
      stranger.url.href,
      ...['--token-env', 'STRANGER_TOKEN', '--format', 'json'],
      ...['--call', 'stamp={"on":"paper"}', '--step', '2'],
    )
    expect(err).toContain('no tool but stamp is called')
    expect(new Set(calledTools(stranger))).toEqual(new Set(['stamp']))
    expect(status).toBe(0)
  })

  test('more than is allowed is not sent, and that is said', async () => {
    const { url, received } = await start(
      speak({ dialect: usualDialect, secret }),
    )
    const allowance = { requests: 40, bytes: 2 ** 20 }
    const options = { url, token: secret, allowance }
    const { results } = await judgeAll(catalogue, options)
    expect(received.length).toBeLessThanOrEqual(40)
    expect(results.at(-1)?.why).toBe(
      'As much as may be sent has been sent before.',
    )
  })
})

test('whoever reads only the first lines hears of no error', async () => {
  const args = ['--import', 'tsx', cli, 'list']
  const child = spawn(process.execPath, args)
  let err = ''
  child.stderr.on('data', (bytes) => {
    err += bytes
  })
  child.stdout.destroy()
  const [status] = await once(child, 'close')
  expect({ status, err }).toEqual({ status: 0, err: '' })
})

describe('a secret goes to the endpoint and nowhere else', () => {
  test('a redirect is not followed, with or without a credential', async () => {
    const elsewhere = await start((_req, res) => res.end())
    const answer = speak({ dialect: usualDialect, secret })
    const { url } = await start((req, res) => {
      if (req.method === 'POST' && req.url === '/mcp') return answer(req, res)
      return res.writeHead(307, { Location: elsewhere.url.href }).end()
    })
    await judgeAll(catalogue, { url, token: secret })
    expect(elsewhere.received).toEqual([])
  })

  test('over plain HTTP it does not leave this machine', async () => {
    const { status, out, err } = await guardcheck(
      // An address that is kept free for texts: nothing is there.
      'http://192.0.2.1/mcp',
      ...['--token-env', 'STRANGER_TOKEN'],
    )
    expect(status).toBe(2)
    expect(err).toBe(
      'guardcheck: A token over plain HTTP can be read on the way: use https, or --plain-http if you mean it.\n',
    )
    expect(out).toBe('')
  })

  test('a token that is not taken decides nothing, and ends with 2', async () => {
    const another = randomBytes(24).toString('base64url')
    const { url } = await start(
      speak({ dialect: usualDialect, secret: another }),
    )
    const { status, err, out } = await guardcheck(
      url.href,
      ...['--token-env', 'STRANGER_TOKEN'],
    )
    expect(status).toBe(2)
    expect(err).toContain('does not take the token that was given')
    expect(out).toBe('')
  })

  test('what is no MCP endpoint is told so, and ends with 2', async () => {
    const { url } = await start((_req, res) =>
      res.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>Hello'),
    )
    const { status, err } = await guardcheck(url.href)
    expect(status).toBe(2)
    expect(err).toContain('is no MCP endpoint')
  })
})

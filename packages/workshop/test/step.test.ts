import { join } from 'node:path'
import { findPort } from '@guard-up/lab'
import { describe, expect, test } from 'vitest'
import {
  createFolder,
  listDescendants,
  runWorkshop,
  start,
  startWorkshop,
  untilGone,
} from './run.ts'

const office = () => ({ OFFICE_DIR: createFolder() })

describe('pnpm step', () => {
  test('prints one URL, serves there, and ends with its step on SIGINT', async () => {
    const PORT = `${await findPort()}`
    const step = startWorkshop(['step', '1'], { ...office(), PORT })
    const url = `http://127.0.0.1:${PORT}/mcp`
    await step.printed('packages/step-1/src/tokens.ts')
    // Two pipes keep no order between them.
    await expect.poll(step.stdout).toBe(`${url}\n`)
    const pids = listDescendants(step.pid)
    expect(pids).not.toEqual([])
    expect((await fetch(url)).status).toBe(401)
    step.kill('SIGINT')
    expect(await step.ended).toBe(0)
    await untilGone(pids)
    expect(step.stdout()).toBe(`${url}\n`)
  })

  test('hints at a curl line that works as it stands', async () => {
    const env = { ...office(), PORT: '0' }
    const step = startWorkshop(['step', '0'], env)
    await step.printed('"path":"."}}}\'\n')
    const command = /curl [^']*(?:'[^']*'[^']*?)+(?=\n\n|\n$)/.exec(
      step.stderr(),
    )
    const curl = start('sh', ['-c', `${command?.[0]}`])
    expect(await curl.ended).toBe(0)
    expect(curl.stdout()).toContain('hr/salaries-2026.md')
    step.kill('SIGTERM')
    expect(await step.ended).toBe(0)
  })

  test('says how to mint a token when step 2 has none, and starts nothing', async () => {
    const tokens = join(createFolder(), 'tokens.json')
    const env = { ...office(), PORT: '0', MCP_TOKENS_FILE: tokens }
    const { code, stdout, stderr } = await runWorkshop(['step', '2'], env)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^Step 2 needs a token: .*key mint NAME.*\.\n$/)
  })

  test('ends with the exit status and the words of a step that does not start', async () => {
    const env = { ...office(), PORT: 'abc' }
    const { code, stdout, stderr } = await runWorkshop(['step', '0'], env)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toBe('PORT must be a whole number from 0 to 65535.\n')
  })

  test('with --stdio passes stdin and stdout through, and adds nothing', async () => {
    const step = startWorkshop(['step', '1', '--stdio'], office())
    step.write('{"jsonrpc":"2.0","id":7,"method":"tools/list"}\n')
    await step.printed('issue_refund')
    const pids = listDescendants(step.pid)
    step.kill('SIGTERM')
    expect(await step.ended).toBe(0)
    await untilGone(pids)
    expect(JSON.parse(step.stdout()).id).toBe(7)
    expect(step.stderr()).toBe('')
  })

  test('of 3-next serves its tools, by the same words', async () => {
    const step = startWorkshop(['step', '3-next', '--stdio'], office())
    step.write('{"jsonrpc":"2.0","id":7,"method":"tools/list"}\n')
    await step.printed('issue_refund')
    step.kill('SIGTERM')
    expect(await step.ended).toBe(0)
    expect(step.stderr()).toBe('')
  })

  test('of a step that is not here is refused in one sentence', async () => {
    const { code, stderr } = await runWorkshop(['step', 'one'])
    expect(code).toBe(2)
    expect(stderr).toBe(
      'There is no step one; there is step 0, step 1, step 2, step 3.\n',
    )
  })
})

describe('pnpm issuer', () => {
  test('lists the lies that it can tell', async () => {
    const { code, stdout } = await runWorkshop(['issuer', '--lie', 'list'])
    expect(code).toBe(0)
    expect(stdout).toContain('wrong-audience')
  })

  test('knows no other lie', async () => {
    const { code, stderr } = await runWorkshop(['issuer', '--lie', 'white'])
    expect(code).toBe(2)
    expect(stderr).toBe('No lie is called white.\n')
  })
})

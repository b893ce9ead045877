import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, test } from 'vitest'
import {
  ask,
  mint,
  runKey,
  scratch,
  serverLine,
  startLine,
  startServer,
} from './scratch.ts'

describe.concurrent('the tokens', () => {
  test('may stand in the .env of the working directory', async ({ expect }) => {
    const cwd = scratch()
    const secret = await mint('desk', cwd)
    const text = readFileSync(join(cwd, 'tokens.json'), 'utf8')
    writeFileSync(join(cwd, '.env'), `\uFEFFMCP_TOKENS='${text}'\r\n`)
    const { url } = await startServer(cwd)
    expect(await ask(url, secret)).toBe(200)
    expect(await ask(url, 'changeme')).toBe(401)
  })

  test('come from the environment, whatever a .env says', async ({
    expect,
  }) => {
    const cwd = scratch()
    const secret = await mint('desk', cwd)
    writeFileSync(join(cwd, '.env'), 'MCP_TOKENS_FILE=nowhere.json\n')
    const env = { MCP_TOKENS_FILE: 'tokens.json' }
    const { url } = await startServer(cwd, env)
    expect(await ask(url, secret)).toBe(200)
  })

  test.skipIf(process.platform === 'win32')(
    'may come through a pipe, once',
    async ({ expect }) => {
      const cwd = scratch()
      const secret = await mint('desk', cwd)
      const line = `cat tokens.json | MCP_TOKENS_FILE=/dev/stdin ${serverLine}`
      const server = await startLine(line, cwd)
      expect(await ask(server.url, secret)).toBe(200)
      await runKey(['revoke', 'desk'], { cwd })
      await setTimeout(1200)
      expect(await ask(server.url, secret)).toBe(200)
      expect(server.log()).not.toContain('"level":50')
    },
  )
})

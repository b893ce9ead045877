import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openTokens } from '../src/env.ts'
import {
  content,
  expectRefusal,
  good,
  list,
  mistakes,
  start,
} from './mistakes.ts'
import { ask, mint, scratch, startServer } from './scratch.ts'

const inList = mistakes.filter(
  ({ env, args }) => `${Object.keys(env)}` === 'MCP_TOKENS' && !args,
)
const others = mistakes.filter((mistake) => !inList.includes(mistake))

// No process for each: the long tests start one.
test.for(inList)(
  'a list with $what is refused by the name of its place, and no content',
  ({ env, names }) => {
    expect(() => openTokens(env)).toThrow(names)
    expect(() => openTokens(env)).toThrow(/^[^\n]+\.$/)
    expect(() => openTokens(env)).not.toThrow(content)
  },
)

describe.concurrent('a start with', () => {
  test.for(others)(
    '$what ends in one sentence that names the variable and no content',
    expectRefusal,
  )

  test('a .env in its folder replaces nothing that is set', async () => {
    const cwd = scratch()
    const secret = await mint('desk', cwd)
    const elsewhere = scratch()
    const theirs = await mint('stranger', elsewhere)
    const file = join(elsewhere, 'tokens.json')
    writeFileSync(join(cwd, '.env'), `MCP_TOKENS_FILE="${file}"\n`)
    const env = { MCP_TOKENS_FILE: 'tokens.json' }
    const { url } = await startServer(cwd, env)
    expect(await ask(url, secret)).toBe(200)
    expect(await ask(url, theirs)).toBe(401)
  })

  test('tokens as they should be serves', async () => {
    const { stdout } = await start({ MCP_TOKENS: list(good) }, [])
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp\n$/)
  })
})

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

  test('tokens as they should be serves', async () => {
    const { stdout } = await start({ MCP_TOKENS: list(good) }, [])
    expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp\n$/)
  })
})

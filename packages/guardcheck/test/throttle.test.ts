import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { ask } from '../src/families/ask/answer.ts'
import { createSubject } from '../src/probe/subject.ts'
import { NotApplicable } from '../src/property.ts'

/** What is answered by a server that throttles the first requests. */
async function askThrottled(throttled: number, retryAfter: string | undefined) {
  let count = 0
  const server = createServer((_req, res) => {
    count += 1
    const late = count > throttled
    if (!late && retryAfter) res.setHeader('Retry-After', retryAfter)
    res.writeHead(late ? 401 : 429).end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const url = new URL(`http://127.0.0.1:${port}/mcp`)
  try {
    return (await ask(createSubject({ url }))).status
  } finally {
    server.close()
  }
}

test('a server that asks to wait a little is asked again', async () => {
  expect(await askThrottled(1, '1')).toBe(401)
})

test.each(['60', undefined, 'Mon, 23 Nov 2099 00:00:00 GMT'])(
  'a server that asks to wait %s decides nothing',
  async (retryAfter) => {
    await expect(askThrottled(1, retryAfter)).rejects.toThrow(NotApplicable)
  },
)

test('nobody waits for ever on a server that throttles for ever', async () => {
  await expect(askThrottled(1000, '0')).rejects.toThrow(NotApplicable)
})

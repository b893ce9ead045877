import { expect, test } from 'vitest'
import { judge, judgeAll } from '../src/judge/runner.ts'
import { startProcess } from '../src/process/start.ts'
import type { Property } from '../src/property.ts'

/** A server that ends, or goes silent, at a word. */
const fragile = `
const server = require('node:http').createServer((req, res) => {
  if (req.url === '/silence') server.removeAllListeners('request')
  res.setHeader('content-type', 'application/json')
  res.end('{"jsonrpc":"2.0","id":1,"result":{}}')
  if (req.url === '/end') res.on('close', () => process.exit(3))
})
server.listen(0, '127.0.0.1', () =>
  console.log('http://127.0.0.1:' + server.address().port + '/mcp'))
`

/** A property that always holds, once it has asked for a path. */
const asks = (target: string): Property => ({
  id: `transport/asks-${target.slice(1)}`,
  claim: { en: 'it holds', ja: '成り立つ' },
  source: [],
  owasp: [],
  level: 'policy',
  since: 0,
  needs: [],
  advice: { en: 'None.', ja: 'なし。' },
  async check(subject) {
    await subject.send({ method: 'GET', target })
  },
})

async function startFragile() {
  const outcome = await startProcess({
    command: [process.execPath, '-e', fragile],
  })
  if (!('started' in outcome)) throw new Error(outcome.output)
  const { started } = outcome
  return { url: started.url, process: started, timeoutMs: 500 }
}

test('the property that ended the process fails, and the next one is not blamed', async () => {
  const options = await startFragile()
  const properties = ['/mcp', '/end', '/mcp'].map(asks)
  const { results } = await judgeAll(properties, options)
  await options.process.stop()
  expect(results.map(({ verdict, why }) => [verdict, why])).toEqual([
    ['holds', ''],
    ['fails', "It ended the server's process, with exit status 3."],
    [
      'not-applicable',
      'The server stopped answering when transport/asks-end was asked.',
    ],
  ])
})

test('judged one by one, a process that has ended is not judged any more', async () => {
  const options = await startFragile()
  const first = await judge(asks('/end'), options)
  const second = await judge(asks('/mcp'), options)
  await options.process.stop()
  expect([first.verdict, second.verdict]).toEqual(['fails', 'not-applicable'])
})

test('the property after which a process answers nobody fails', async () => {
  const options = await startFragile()
  const { verdict, why } = await judge(asks('/silence'), options)
  await options.process.stop()
  expect([verdict, why]).toEqual([
    'fails',
    'Since then the server answers nobody.',
  ])
})

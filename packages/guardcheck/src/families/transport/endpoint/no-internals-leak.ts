import type { Answer } from '../../../probe/answer.ts'
import type { Probe } from '../../../probe/request.ts'
import type { Subject } from '../../../probe/subject.ts'
import { findLeak } from '../../../probe/text/leak.ts'
import { expect, type Property } from '../../../property.ts'
import { enter } from '../../ask/answer.ts'
import { asvsSections } from '../../sources.ts'

export const noInternalsLeak: Property = {
  id: 'transport/no-internals-leak',
  claim: {
    en: 'an error shows no stack, no path of the machine and no product banner',
    ja: 'エラーの応答に、スタックトレース、マシンのパス、製品名のヘッダーが現れない',
  },
  source: [asvsSections.errors],
  owasp: ['MCP10'],
  level: 'policy',
  since: 0,
  needs: [],
  advice: {
    en: 'End the app with an error handler that answers JSON without the stack (Express prints it unless `NODE_ENV` is `production`), and `app.disable("x-powered-by")`.',
    ja: '最後に、スタックを含めずJSONで答えるエラーハンドラーを置き（Expressは`NODE_ENV`が`production`でない限りスタックを返します）、`app.disable("x-powered-by")`を加えます。',
  },
  async check(subject) {
    for (const probe of blunders(subject)) {
      expectDiscreet(await subject.send(probe))
    }
    const { headers } = await enter(subject)
    for (const probe of blunders(subject)) {
      const { token: secret } = subject
      const all = [...headers, ...(probe.headers ?? [])]
      expectDiscreet(await subject.send({ ...probe, secret, headers: all }))
    }
  },
}

/** Requests that make a careless server talk about itself. */
function blunders({ url, write }: Subject): Probe[] {
  const { body: json } = write({ jsonrpc: '2.0', id: 1, method: 'ping' })
  return [
    { body: '{"jsonrpc":"2.0","id":1,"method":' },
    { body: '"guardcheck"' },
    { body: json, headers: [['Content-Type', 'text/plain']] },
    {
      body: json,
      headers: [['Content-Type', 'application/json; charset=guardcheck']],
    },
    { body: json, headers: [['Content-Encoding', 'guardcheck']] },
    { body: json, headers: [['Content-Encoding', 'gzip']] },
    { body: json, target: `${url.pathname}/guardcheck-nothing-here` },
    { method: 'GET', target: '/%zz' },
    { method: 'GET', target: `${url.pathname}?a=%zz` },
    { method: 'PUT', body: json },
  ]
}

/** Asserts that an answer says nothing of the inside. */
function expectDiscreet(answer: Answer): void {
  const [banner] = answer.header('x-powered-by')
  expect(!banner, `It names its product: X-Powered-By: ${banner}.`)
  if (answer.status < 400) return
  const leak = findLeak(answer.body)
  expect(!leak, `Its ${answer.status} shows ${leak}.`)
}

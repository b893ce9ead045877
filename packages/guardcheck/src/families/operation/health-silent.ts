import { setTimeout } from 'node:timers/promises'
import type { Answer } from '../../probe/answer.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../property.ts'
import { isServed } from '../ask/answer.ts'
import { actionMessage, expectNoEffect } from '../ask/effect.ts'
import { asvsSections } from '../sources.ts'

export const healthSilent: Property = {
  id: 'operation/health-silent',
  claim: {
    en: 'the health check says that the server is up, and nothing else',
    ja: 'ヘルスチェックはサーバーが動いていることだけを告げ、ほかには何も漏らさない',
  },
  source: [asvsSections.leakage],
  owasp: ['MCP09', 'MCP10'],
  level: 'policy',
  since: 3,
  needs: [],
  advice: {
    en: 'Answer GET `/healthz` with a fixed `ok`, without a credential. Version, uptime, counts, names and the state of what lies behind go to metrics that only operators reach.',
    ja: 'GET `/healthz`には、資格情報を求めずに決まった`ok`だけを返します。バージョン、稼働時間、件数、名前、背後のシステムの状態は、運用者だけが届くメトリクスで示します。',
  },
  async check(subject) {
    const target = await findHealth(subject)
    const first = await subject.send({ method: 'GET', target })
    expectSilent(first, target)
    // Long enough for an uptime in seconds to go on.
    await setTimeout(1100)
    const second = await subject.send({ method: 'GET', target })
    expect(
      second.status === first.status && second.body === first.body,
      `A second later GET ${target} says something else: ${quoted(second)}.`,
    )
    for (const word of ['verbose', 'full', 'detail', 'info', 'debug']) {
      const asking = `${target}?${word}=1&format=json`
      const answer = await subject.send({
        method: 'GET',
        target: asking,
        headers: [['Accept', 'application/json']],
      })
      if (answer.status < 300) expectSilent(answer, asking)
    }
    await expectNoEffect(subject, async () => {
      for (const secret of [undefined, subject.token]) {
        const body = actionMessage(subject)
        const answer = await subject.send({ target, secret, body })
        expect(
          !isServed(answer),
          `A message that was sent to ${target} was served.`,
        )
      }
    })
  },
}

/** Where servers say that they are up. */
const usual = ['/healthz', '/health', '/livez', '/readyz', '/health/live']

async function findHealth(subject: Subject): Promise<string> {
  const { health } = subject
  const elsewhere = { method: 'GET', target: '/guardcheck-nothing-here' }
  const anywhere = !health && (await subject.send(elsewhere)).status === 200
  if (anywhere) throw new NotApplicable('It answers 200 at any path.')
  for (const target of health ? [health] : usual) {
    const { status } = await subject.send({ method: 'GET', target })
    if (status === 200) return target
    expect(
      health === undefined,
      `GET ${target}, without a credential, was answered ${status}.`,
    )
  }
  throw new NotApplicable(
    `It says at none of the usual places that it is up (${usual.join(', ')}): name the path with --health.`,
  )
}

/** Words that say no more than that somebody is there. */
const plain = new Set(
  'alive fine good health healthy live message ok pass pong ready result running server status success true up'.split(
    ' ',
  ),
)

function expectSilent(answer: Answer, target: string): void {
  const words = answer.body.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  const telling = words.find((word) => !plain.has(word))
  expect(
    telling === undefined,
    `GET ${target} says more than that it is up: ${quoted(answer)}.`,
  )
  const [name] = answer.headers
    .map(([header]) => header)
    .filter((header) => /version|uptime|build|commit|hostname/.test(header))
  expect(name === undefined, `GET ${target} says more in its header ${name}.`)
}

const quoted = ({ body }: Answer) =>
  body.length > 120 ? `${body.slice(0, 120)}…` : body.trim()

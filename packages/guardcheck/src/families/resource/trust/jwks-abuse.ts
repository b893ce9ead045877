import { Agent as PlainAgent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import { setTimeout } from 'node:timers/promises'
import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import {
  bringBack,
  claimsFor,
  comesTrue,
  enterHonestly,
  expectRefused,
  patience,
  present,
} from '../../ask/access-tokens.ts'
import { isServed, said } from '../../ask/answer.ts'
import { asvsSections } from '../../sources.ts'

export const jwksAbuse: Property = {
  id: 'resource/jwks-abuse',
  claim: {
    en: 'invented key ids cause no flood of requests to the issuer, and its outage lets nobody in',
    ja: 'でたらめな鍵IDで発行者への問い合わせがあふれることはなく、発行者が落ちても誰も通らない',
  },
  source: [asvsSections.errors],
  owasp: ['MCP07'],
  level: 'policy',
  since: 3,
  needs: ['lying-issuer'],
  slow: true,
  advice: {
    en: 'Bound how often keys are fetched, whoever asks; answer 401 or 503 while they cannot be had.',
    ja: '誰の要求であっても、鍵の取得回数に上限を設けます。取得できない間は401か503を返します。',
  },
  check: boundsKeyFetches,
}

/** Tokens with invented key ids that are sent. */
const storm = 400

async function boundsKeyFetches(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const claims = claimsFor(subject)
  const first = await liar.lie('unknown-key', claims)
  await expectRefused(subject, first, 'A token whose key nobody published')
  const before = liar.hits.keys
  const begin = Date.now()
  const template = await liar.mint(claims)
  const [, body = '', signature = ''] = template.split('.')
  const statuses = new Set<number>()
  let sent = 0
  const settings = { keepAlive: true, maxSockets: 1 }
  const flow = async () => {
    const agent =
      subject.url.protocol === 'https:'
        ? new TlsAgent(settings)
        : new PlainAgent(settings)
    while (sent < storm) {
      sent += 1
      const header = { alg: 'ES256', typ: 'at+jwt', kid: `invented-${sent}` }
      const head = Buffer.from(JSON.stringify(header)).toString('base64url')
      const secret = `${head}.${body}.${signature}`
      const { status } = await subject.send({ secret, agent })
      statuses.add(status)
    }
    agent.destroy()
  }
  await Promise.all(Array.from({ length: 8 }, flow))
  const fetches = liar.hits.keys - before
  // What it believes for some seconds only is fetched again in any case.
  const interval = Math.min(liar.maxAge ?? 5, 5)
  const due = (Date.now() - begin) / 1000 / interval
  expect(
    fetches <= 4 + due,
    `${storm} invented key ids made the server fetch the keys ${fetches} times.`,
  )
  const others = [...statuses].filter((it) => ![401, 429, 503].includes(it))
  expect(
    others.length === 0,
    `A token with an invented key id was answered ${others[0]}.`,
  )
  liar.setDown(true)
  try {
    await setTimeout(((liar.maxAge ?? 0) + 0.2) * 1000)
    const unknown = await liar.lie('unknown-key', claims)
    const ownKey = await liar.lie('own-key', claims)
    for (const secret of [unknown, ownKey]) {
      const answer = await present(subject, secret)
      expect(
        [401, 500, 502, 503, 504].includes(answer.status),
        `While the keys cannot be had, a token that nobody could verify was answered ${said(answer)}.`,
      )
    }
  } finally {
    await bringBack(liar)
  }
  const again = await comesTrue(patience, async () =>
    isServed(await present(subject, await liar.mint(claims))),
  )
  expect(again, 'Once the keys can be had again, honest tokens are refused.')
}

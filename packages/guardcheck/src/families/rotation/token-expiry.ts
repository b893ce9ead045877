import type { Keys } from '../../probe/keys.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect, type Property } from '../../property.ts'
import { isRefused, said } from '../ask/answer.ts'
import { expectRefusals, runTogether } from '../ask/hold-process.ts'
import {
  after,
  createGrant,
  giveAndSee,
  openGrants,
} from '../ask/hold-tokens.ts'
import { authorization } from '../sources.ts'

export const tokenExpiry: Property = {
  id: 'rotation/token-expiry',
  claim: {
    en: 'every token has an end, after which it opens nothing, and a beginning, before which it opens nothing',
    ja: 'どのトークンにも期限と開始時刻があり、その前後では使えない',
  },
  source: [authorization('token-theft')],
  owasp: ['MCP01'],
  level: 'should',
  since: 2,
  needs: ['process', 'keys'],
  advice: {
    en: 'Require an expiry of every token and refuse to start without one; compare it with the clock on each request.',
    ja: 'すべてのトークンに期限を必須とし、なければ起動を拒みます。リクエストのたびに時計と比べます。',
  },
  async check(subject) {
    const keys = await openGrants(subject)
    const eternal = keys.format([createGrant(keys, { expiresAt: null })])
    await runTogether([
      expectTimesKept(subject, keys),
      expectRefusals(subject, [
        {
          how: 'with a token that never ends',
          env: { [keys.variable]: eternal, [keys.fileVariable]: undefined },
          names: [keys.variable],
        },
      ]),
    ])
  },
}

/** Asserts that a secret opens nothing before its time, nor past its end. */
async function expectTimesKept(subject: Subject, keys: Keys): Promise<void> {
  const past = createGrant(keys, {
    notBefore: after(-5000),
    expiresAt: after(-1000),
  })
  const early = createGrant(keys, { notBefore: after(60_000) })
  await giveAndSee(subject, keys, past, early, createGrant(keys))
  for (const [what, { secret }] of [
    ['past its end', past],
    ['before its time', early],
  ] as const) {
    const answer = await subject.send({ secret })
    expect(isRefused(answer), `A secret ${what} was answered ${said(answer)}.`)
  }
}

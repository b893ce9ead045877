import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { readLedger } from '@guard-up/office'
import { beforeAll, expect, test } from 'vitest'
import { ask, call, until } from './scratch.ts'
import { type Served, serve, write } from './served.ts'

/** A query that the database stops after two seconds: others wait so long. */
const endless: [string, object] = [
  'query_customers',
  {
    sql: 'WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) SELECT max(x) FROM t',
  },
]
const refund: [string, object] = [
  'issue_refund',
  { customer: 'C-1001', amount: 1, reason: 'in line' },
]

let served: Served
beforeAll(async () => {
  served = await serve()
})

const departures: [how: string, leave: (hangUp: () => void) => unknown][] = [
  ['hangs up', (hangUp) => hangUp()],
  [
    'is revoked',
    async () => {
      const { file, first, server, added } = served
      write(file, first)
      server.kill('SIGHUP')
      await until(async () => (await ask(server.url, added)) === 401)
    },
  ],
]

test.each(departures)(
  'a refund that waits in line is not paid to whoever %s, and the next one is',
  async (_how, leave) => {
    const { cwd, file, next, server, secret, added } = served
    const paid = async () =>
      (await readLedger(join(cwd, 'office'))).refunds.map(({ by }) => by)
    write(file, next)
    server.kill('SIGHUP')
    await until(async () => (await ask(server.url, added)) === 200)
    const caller = new AbortController()
    const holding = call(server.url, secret, endless)
    await setTimeout(200)
    const cut = call(server.url, added, refund, caller.signal).catch(
      () => 'cut',
    )
    await setTimeout(200)
    await leave(() => caller.abort())
    expect(await cut).toBe('cut')
    // What is written later is written for somebody who is not there.
    const before = await paid()
    await call(server.url, secret, refund)
    expect((await paid()).slice(before.length)).toEqual(['desk'])
    await holding
  },
)

/** What invented tokens cost the issuer, and honest callers beside them. */
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { createSecret } from '../src/keys.ts'
import { startSubject, stepFolder } from '../test/subjects.ts'
import { openLine, tell } from './calls.ts'

const requests = 10_000
/** Storms of each kind, in turns; a pause lets the keys be looked at anew. */
const storms = 2
/** Requests a second, due whether or not the last ones were answered. */
const rate = 250
const senders = 8

const subject = await startSubject(stepFolder(3), {
  OAUTH_MAX_AGE: '600',
  GUESSES_PER_MINUTE: '20',
})
const { url, ca, liar } = subject.options
if (!liar) throw new Error('There is no issuer.')
const claims = { aud: url.href, scope: 'documents:read' }
const honest = await liar.mint(claims)
const [, payload, signature] = honest.split('.')

/** Tokens that are refused: here, by the issuer's keys, or by its word. */
const makers = {
  'named token': createSecret,
  opaque: () => randomUUID(),
  'random key id': () => {
    const header = { alg: 'ES256', typ: 'at+jwt', kid: randomUUID() }
    const part = Buffer.from(JSON.stringify(header)).toString('base64url')
    return `${part}.${payload}.${signature}`
  },
}

/** Sends a share of the storm; answers what honest calls took meanwhile. */
async function rage(make: () => string, count: number): Promise<number[]> {
  let left = count
  const pause = (1000 * senders) / rate
  const send = async () => {
    const line = openLine(url, ca)
    while (left > 0) {
      left -= 1
      const { ms, status } = await line.call(make())
      if (![401, 429].includes(status)) {
        throw new Error(`It was answered ${status}.`)
      }
      await setTimeout(Math.max(0, pause - ms))
    }
    line.close()
  }
  const storm = Promise.all(Array.from({ length: senders }, send))
  const times: number[] = []
  const line = openLine(url, ca)
  while (left > 0) {
    const { ms, status } = await line.call(honest)
    if (status !== 200) throw new Error(`An honest call got ${status}.`)
    times.push(ms)
    await setTimeout(5)
  }
  line.close()
  await storm
  return times
}

type Name = keyof typeof makers

const names = Object.keys(makers) as Name[]
const took = Object.fromEntries(
  names.map((name) => [name, { times: [] as number[], keys: 0, questions: 0 }]),
)
for (let turn = 0; turn < storms; turn += 1) {
  for (const name of names) {
    const found = took[name]
    if (!found) continue
    const before = { ...liar.hits }
    found.times.push(...(await rage(makers[name], requests / storms)))
    found.keys += liar.hits.keys - before.keys
    found.questions += liar.hits.introspection - before.introspection
  }
}
console.log(`${requests} requests of each kind at ${rate} a second:`)
const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
const least = median(took['named token']?.times ?? [])
for (const [name, { times, keys, questions }] of Object.entries(took)) {
  const ratio = (median(times) / least).toFixed(2)
  console.log(
    `${name.padEnd(14)} honest calls ${tell(times)} ms (${ratio}),` +
      ` ${keys} fetches of the keys, ${questions} questions`,
  )
}
await subject.stop()

/** What invented key ids cost the issuer, and honest callers beside them. */
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { startSubject, stepFolder } from '../test/subjects.ts'
import { openLine, tell } from './calls.ts'

const requests = 10_000
/** Storms of each kind, in turns; a pause lets the keys be looked at anew. */
const storms = 2
/** Requests a second, due whether or not the last ones were answered. */
const rate = 250
const senders = 8

const subject = await startSubject(stepFolder(3), { OAUTH_MAX_AGE: '600' })
const { url, ca, liar } = subject.options
if (!liar) throw new Error('There is no issuer.')
const claims = { aud: url.href, scope: 'documents:read' }
const honest = await liar.mint(claims)
const [, payload, signature] = honest.split('.')

/** Tokens that are refused: by their form, or only after a look at the keys. */
const makers = {
  'no JWT': () => randomUUID(),
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
      if (status !== 401) throw new Error(`It was answered ${status}.`)
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

const times = { 'no JWT': [] as number[], 'random key id': [] as number[] }
let fetches = 0
for (let turn = 0; turn < storms; turn += 1) {
  for (const name of ['no JWT', 'random key id'] as const) {
    const before = liar.hits.keys
    times[name].push(...(await rage(makers[name], requests / storms)))
    fetches += liar.hits.keys - before
  }
}
console.log(`${requests} requests of each kind at ${rate} a second:`)
for (const [name, values] of Object.entries(times)) {
  console.log(`${name.padEnd(14)} honest calls ${tell(values)} ms`)
}
const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
const slower = median(times['random key id']) / median(times['no JWT'])
console.log(`ratio ${slower.toFixed(2)}, ${fetches} fetches of the keys`)
await subject.stop()

/** What invented tokens cost the issuer, and honest callers beside them. */
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import {
  createSecret,
  type StartedSubject,
  startSubject,
  stepFolder,
} from '../../lab/src/lab.ts'
import { openLine, tell } from './calls.ts'

const requests = 10_000
/** Storms of each kind, in turns; a pause lets the keys be looked at anew. */
const storms = 2
/** Requests a second, due whether or not the last ones were answered. */
const rate = 250
const senders = 8

/**
 * Guesses a minute that one address may make: the step's own number, and more
 * than there are, as when each request of a storm comes from elsewhere.
 */
const allowances = ['20', '1000000']

interface Found {
  times: number[]
  keys: number
  questions: number
  /** How often each status was answered to a request of the storm. */
  statuses: Record<number, number>
}

for (const allowance of allowances) {
  const subject = await startSubject(stepFolder(3), {
    OAUTH_MAX_AGE: '600',
    GUESSES_PER_MINUTE: allowance,
  })
  try {
    print(allowance, await storm(subject))
  } finally {
    await subject.stop()
  }
}

/** Sends all storms at one server, in turns. */
async function storm({ options }: StartedSubject) {
  const { url, ca, liar } = options
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
  const all = new Map<string, Found>()
  for (let turn = 0; turn < storms; turn += 1) {
    for (const [name, make] of Object.entries(makers)) {
      const none = { times: [], keys: 0, questions: 0, statuses: {} }
      const found = all.get(name) ?? none
      all.set(name, found)
      const before = { ...liar.hits }
      await rage({ url, ca, honest }, make, found)
      found.keys += liar.hits.keys - before.keys
      found.questions += liar.hits.introspection - before.introspection
    }
  }
  return all
}

/** Sends a share of the storm, and honest calls meanwhile. */
async function rage(
  { url, ca, honest }: { url: URL; ca?: string; honest: string },
  make: () => string,
  found: Found,
): Promise<void> {
  let left = requests / storms
  const pause = (1000 * senders) / rate
  const send = async () => {
    const line = openLine(url, ca)
    while (left > 0) {
      left -= 1
      const { ms, status } = await line.call(make())
      if (![401, 429, 503].includes(status)) {
        throw new Error(`It was answered ${status}.`)
      }
      found.statuses[status] = (found.statuses[status] ?? 0) + 1
      await setTimeout(Math.max(0, pause - ms))
    }
    line.close()
  }
  const sent = Promise.all(Array.from({ length: senders }, send))
  const line = openLine(url, ca)
  while (left > 0) {
    const { ms, status } = await line.call(honest)
    if (status !== 200) throw new Error(`An honest call got ${status}.`)
    found.times.push(ms)
    await setTimeout(5)
  }
  line.close()
  await sent
}

function print(allowance: string, all: Map<string, Found>): void {
  console.log(
    `${requests} requests of each kind at ${rate} a second, ` +
      `GUESSES_PER_MINUTE=${allowance}:`,
  )
  const median = (values: number[]) =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
  const least = median(all.get('named token')?.times ?? [])
  for (const [name, { times, keys, questions, statuses }] of all) {
    const ratio = (median(times) / least).toFixed(2)
    const answers = Object.entries(statuses)
      .map(([status, count]) => `${count} × ${status}`)
      .join(', ')
    console.log(
      `${name.padEnd(14)} honest calls ${tell(times)} ms (${ratio}),` +
        ` ${keys} fetches of the keys, ${questions} questions, ${answers}`,
    )
  }
}

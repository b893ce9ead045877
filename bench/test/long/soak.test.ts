// Step 3 under a load that does not pause for minutes.

import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { medianOf } from '../../src/rounds.ts'
import { countOf, type Day, lostOf, openDay, report, weigh } from './day.ts'

/** Seconds for which calls are sent. */
const seconds = 120

let day: Day
beforeAll(async () => {
  day = await openDay()
})
afterAll(() => day?.close())

test('minutes of calls leave the memory flat', async () => {
  const stop = day.load()
  const weights: number[] = []
  for (let second = 0; second < seconds; second += 1) {
    await setTimeout(1_000)
    weights.push(await weigh(day.server))
  }
  const sent = await stop()
  const third = Math.floor(seconds / 3)
  const early = medianOf(weights.slice(third, 2 * third))
  const late = medianOf(weights.slice(-third))
  const growth = Number((late / early).toFixed(3))
  report('soak', { seconds, ...countOf(sent), early, late, growth })
  expect(lostOf(sent)).toEqual([])
  expect(growth).toBeLessThan(1.2)
})

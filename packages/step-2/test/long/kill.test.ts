import { expect, test } from 'vitest'
import { killRepeatedly } from '../killing.ts'

test('no token is lost however often a key command is killed', async () => {
  const { longest, inside } = await killRepeatedly(200)
  console.log(`Killed with the file to itself: ${inside} times.`)
  console.log(`The longest that the next one took: ${Math.round(longest)} ms.`)
  expect(longest).toBeLessThan(8000)
  expect(inside).toBeGreaterThan(20)
})

import { expect, test } from 'vitest'
import { killRepeatedly } from './killing.ts'

test('a key command that is killed leaves a whole file and a short wait', async () => {
  const { longest, inside } = await killRepeatedly(20)
  // Two seconds or three on a quiet machine.
  expect(longest).toBeLessThan(8000)
  // Else it was never killed where it matters.
  expect(inside).toBeGreaterThan(0)
}, 120_000)

import { type Exercise, listExercises, readExercise } from '@guard-up/exercises'
import { describe, test } from 'vitest'
import { catalogue } from '../../src/catalogue.ts'
import { issuer } from '../../src/families/issuer.ts'
import { judgeAlone, judgeBroken, whyNotAlone } from '../broken.ts'

const exercises = await Promise.all(
  (await listExercises()).map((name) => readExercise(name)),
)

/**
 * What its step promises: of anything later it says nothing. Named tokens are
 * kept by the same files at step 3 as at step 2, whose broken servers stand
 * for them; what takes many seconds is asked where it is named.
 */
function promised({ base, red }: Exercise): string[] {
  if (base === 'issuer') {
    // These start an authorization server more each.
    const heavy = /cimd-safe|dcr-hygiene|redirect-safe-scheme/
    return issuer
      .map(({ id }) => id)
      .filter((id) => red.includes(id) || !heavy.test(id))
  }
  const step = Number(base.slice('step-'.length))
  const spared =
    step === 3 ? /^(secret|rotation)\/|slow-client|jwks-abuse/ : /^$/
  return catalogue
    .filter(({ since }) => since <= step)
    .map(({ id }) => id)
    .filter((id) => red.includes(id) || !spared.test(id))
}

// Most of a judgement is waiting: some of them run side by side.
describe.concurrent('broken servers', () => {
  test.for(exercises)(
    '$name turns red what it names, and no more',
    async (exercise, { expect, skip }) => {
      const { name, red, network } = exercise
      const obstacle = network && (await whyNotAlone())
      if (obstacle) {
        console.warn(`${name}: ${obstacle}`)
        skip(obstacle)
      }
      const judge = network ? judgeAlone : judgeBroken
      const failing = await judge(name, promised(exercise))
      const why = failing.map((r) => `${r.id}: ${r.why}`).join('\n')
      expect(failing.map(({ id }) => id).sort(), why).toEqual([...red].sort())
    },
  )
})

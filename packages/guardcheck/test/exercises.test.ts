import { listExercises, readExercise } from '@guard-up/exercises'
import { describe, test } from 'vitest'
import { catalogue } from '../src/catalogue.ts'
import { judgeAlone, judgeBroken, whyNotAlone } from './broken.ts'

const exercises = await Promise.all(
  (await listExercises()).map((name) => readExercise(name)),
)
// Of steps 0 and 1, enough to see each property red once. Those of later ones
// wait for tokens and time-outs: long/exercises.test.ts judges them all.
const seen = new Set<string>()
const quick = exercises
  .filter(({ base }) => ['step-0', 'step-1'].includes(base))
  .filter(({ red }) => {
    const adds = red.some((id) => !seen.has(id))
    for (const id of red) seen.add(id)
    return adds
  })

// That they turn nothing else red is tested in long/exercises.test.ts.
describe.concurrent('broken servers', () => {
  test.for(quick)(
    '$name turns red what it names',
    async ({ name, red, network }, { expect, skip }) => {
      const obstacle = network && (await whyNotAlone())
      if (obstacle) {
        console.warn(`${name}: ${obstacle}`)
        skip(obstacle)
      }
      const judge = network ? judgeAlone : judgeBroken
      const failing = await judge(name, red)
      expect(failing.map(({ id }) => id).sort()).toEqual([...red].sort())
    },
  )

  test('every property is turned red by a step or by a broken server', ({
    expect,
  }) => {
    const red = new Set(exercises.flatMap((exercise) => exercise.red))
    const never = catalogue
      .filter(({ since }) => since === 0)
      .map(({ id }) => id)
      .filter((id) => !red.has(id))
    expect(never).toEqual([])
  })
})

import { listExercises, readExercise } from '@guard-up/exercises'
import { describe, test } from 'vitest'
import { catalogue } from '../../guardcheck/src/catalogue.ts'
import { judgeAlone, judgeBroken, whyNotAlone } from './broken.ts'

const exercises = await Promise.all(
  (await listExercises()).map((name) => readExercise(name)),
)
// Enough to see each property red that no step turns red, for it holds from
// the beginning: long/exercises.test.ts judges all of them, and wholly.
const always = catalogue
  .filter(({ since }) => since === 0)
  .map(({ id }) => id as string)
const seen = new Set<string>()
const quick = exercises
  .filter(({ base }) => ['step-0', 'step-1'].includes(base))
  .filter(({ red }) => {
    const adds = red.some((id) => always.includes(id) && !seen.has(id))
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
    expect(always.filter((id) => !red.has(id))).toEqual([])
  })
})

import { patchBase } from '@guard-up/exercises'
import { describe, expect, test } from 'vitest'
import {
  listWeaknesses,
  readWeakness,
} from '../../guardcheck/mutation/weakness.ts'

describe('each weakness', async () => {
  test.for(await listWeaknesses())('%s applies to its base', async (name) => {
    const { base, patch } = await readWeakness(name)
    const { misfits } = await patchBase(base, patch)
    expect(misfits, `mutation/weaknesses/${name}.patch`).toEqual([])
  })
})

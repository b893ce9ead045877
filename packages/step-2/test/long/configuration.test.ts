import { describe, test } from 'vitest'
import { expectRefusal, mistakes } from '../mistakes.ts'

describe('a start with', () => {
  test.for(mistakes)(
    '$what ends in one sentence that names the variable and no content',
    expectRefusal,
  )
})

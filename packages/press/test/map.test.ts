import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../src/steps.ts'
import { readMap } from './map.ts'

test.each(readMap())(
  'a new $kind finds $name where the map says',
  ({ name, places }) => {
    expect(places).not.toEqual([])
    // A file of one property is called what its id ends in.
    const short = name.replace(/^.*\//, '')
    const without = places.filter((place) => {
      if (place.includes(short)) return false
      const path = join(root, place)
      const file = statSync(path).isDirectory() ? 'exercise.json' : ''
      return !readFileSync(join(path, file), 'utf8').includes(short)
    })
    expect(without).toEqual([])
  },
)

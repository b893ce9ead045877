import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { catalogue } from '../src/catalogue.ts'

const families = fileURLToPath(new URL('../src/families', import.meta.url))

const rooms = readdirSync(families, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'ask')
  .map(({ name }) => name)

describe('the room of each family', () => {
  test.each(rooms)(
    '%s holds its properties, a file each, and nothing else',
    async (family) => {
      const files = readdirSync(join(families, family), {
        recursive: true,
        encoding: 'utf8',
      }).filter((file) => file.endsWith('.ts') && file !== 'index.ts')
      const found: [string, unknown][] = []
      for (const file of files) {
        const exported = await import(join(families, family, file))
        found.push([
          `${family}/${basename(file, '.ts')}`,
          Object.values(exported),
        ])
      }
      const own = catalogue.filter(({ id }) => id.startsWith(`${family}/`))
      expect(new Map(found)).toEqual(new Map(own.map((it) => [it.id, [it]])))
      expect(found).toHaveLength(own.length)
    },
  )

  test('is there for every property', () => {
    expect(new Set(catalogue.map(({ id }) => id.split('/')[0]))).toEqual(
      new Set(rooms),
    )
  })
})

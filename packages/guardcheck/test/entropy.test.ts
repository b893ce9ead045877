import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { estimateBits, leastIds } from '../src/probe/text/entropy.ts'

const mint = (next: (i: number) => string, count: number) =>
  Array.from({ length: count }, (_, i) => next(i))

/** A UUID whose first 48 bits are the time, as version 7 has it. */
function timedUuid(i: number): string {
  const time = (1_790_000_000_000 + 3 * i).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

describe.each([leastIds, 64])('of %i ids', (count) => {
  test.each<[string, (i: number) => string]>([
    ['a random UUID', () => randomUUID()],
    ['a UUID behind a name', () => `session-${randomUUID()}`],
    ['a UUID in capitals', () => randomUUID().toUpperCase()],
    ['16 bytes in hex', () => randomBytes(16).toString('hex')],
    ['16 bytes in base64url', () => randomBytes(16).toString('base64url')],
    ['16 bytes in base64', () => randomBytes(16).toString('base64')],
    [
      '21 characters of 64',
      () => randomBytes(16).toString('base64url').slice(0, 21),
    ],
    [
      '32 bytes behind the time',
      (i) => `${1e12 + i}.${randomBytes(32).toString('hex')}`,
    ],
    [
      'a signed token',
      () => `eyJh.eyJz.${randomBytes(32).toString('base64url')}`,
    ],
    ['a digest', (i) => createHash('sha256').update(`${i}`).digest('hex')],
  ])('%s is as unforeseeable as a random UUID', (_what, next) => {
    for (let run = 0; run < 100; run += 1) {
      expect(estimateBits(mint(next, count))).toBeGreaterThanOrEqual(112)
    }
  })

  test.each<[string, (i: number) => string]>([
    ['a counter', (i) => `${i + 1}`],
    ['a named counter', (i) => `session-${i + 1}`],
    ['a padded counter', (i) => `${i}`.padStart(32, '0')],
    ['a counter in hex', (i) => (0xabcdef00 + i).toString(16)],
    ['the time', (i) => `${1_790_000_000_000 + 3 * i}`],
    ['one id for all', () => 'b3b7e6a8-7c4e-4f42-9a53-0d5c0f5f7d11'],
    ['Math.random', () => Math.random().toString(36).slice(2)],
    [
      'the time and Math.random',
      (i) =>
        `${1_790_000_000_000 + 3 * i}-${Math.random().toString(36).slice(2)}`,
    ],
    ['eight bytes', () => randomBytes(8).toString('hex')],
    ['a UUID of the time', timedUuid],
  ])('%s can be foreseen', (_what, next) => {
    for (let run = 0; run < 100; run += 1) {
      expect(estimateBits(mint(next, count))).toBeLessThan(112)
    }
  })
})

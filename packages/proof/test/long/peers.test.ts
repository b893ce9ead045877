// Servers that others wrote, or that are built of what others publish: each
// verdict was looked at by a person, who wrote beside it what it is.
import { readFileSync } from 'node:fs'
import { installPeers } from '@guard-up/lab'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  judgePeer,
  peers,
  readVersions,
  summarize,
  type Verdicts,
  verdictsFile,
} from '../peers.ts'

const pinned: Verdicts = JSON.parse(readFileSync(verdictsFile, 'utf8'))

beforeAll(installPeers, 320_000)

describe.concurrent('servers of others', () => {
  for (const [name, { what }] of Object.entries(peers)) {
    test(`${name} is judged as it was reviewed: ${what}`, async () => {
      const { fails, ...found } = summarize(await judgePeer(name))
      const { fails: reviewed = {}, ...rest } = pinned.servers[name] ?? {}
      const unreviewed = Object.fromEntries(
        Object.entries(reviewed).map(([id, { level, why }]) => [
          id,
          { level, why },
        ]),
      )
      expect(fails).toEqual(unreviewed)
      expect(found).toEqual(rest)
    })
  }
})

test('what was judged is what is installed', () => {
  expect(pinned.versions).toEqual(readVersions())
})

test('somebody said of every verdict against a server what it is', () => {
  const rows = Object.entries(pinned.servers).flatMap(([name, { fails }]) =>
    Object.entries(fails).map(([id, { review = '' }]) => ({
      row: `${name} ${id}`,
      review,
    })),
  )
  const silent = rows.filter(
    ({ review }) => !/^(hole|deviation|absent): \w.*\.$/.test(review),
  )
  expect(silent.map(({ row }) => row)).toEqual([])
})

// Clients that others wrote, each driven against each step: what is recorded
// of them, and woven into a lesson, is what they do.
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  clientNames,
  driveClients,
  installClients,
  type Recorded,
  readVersions,
  recordFile,
  type Table,
} from '../drivers.ts'
import { whyMissing } from '../missing.ts'

const recorded: Recorded = JSON.parse(readFileSync(recordFile, 'utf8'))

const missing = await whyMissing('A client', installClients())

describe.skipIf(missing)('clients of others', () => {
  let seen: Table
  beforeAll(async () => {
    seen = await driveClients()
  }, 90_000)

  test.each(clientNames)('%s does what is recorded of it', (name) => {
    expect(seen[name]).toEqual(recorded.clients[name])
  })

  test('no client shows the secret that it was given', () => {
    expect(JSON.stringify(seen)).not.toMatch(/SECRET|gup_|guard-up-/)
  })

  test('those that were driven are those that are installed', () => {
    expect(recorded.versions).toEqual(readVersions())
  })
})

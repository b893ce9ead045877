import { expect, test } from 'vitest'
import { listCommitted, takenAlong } from './context.ts'

const folders = [
  '',
  'certs/',
  'deploy/',
  'deploy/secrets/',
  'packages/',
  'packages/step-3/',
  'packages/step-3/bin/',
  'packages/step-3/certs/',
  'packages/step-3/src/',
  'packages/step-3/src/certs/',
  'packages/office/',
  'packages/office/data/',
  'packages/office/data/documents/',
  'packages/office/src/',
  'packages/issuer/',
  'packages/issuer/.issuer/',
]
const left = [
  '.env',
  '.env.production',
  'production.env',
  '.npmrc',
  'key.pem',
  'ca-key.pem',
  'id_ed25519',
  'tokens.json',
  'tokens.json.bak',
  'office.secret',
  'keys.json',
  'ledger.jsonl',
  'notes.txt',
  'core.4711',
]

test.each(folders)('no secret that lies in "%s" goes into the image', (at) => {
  expect(takenAlong(left.map((name) => at + name))).toEqual([])
})

test('of what is committed the image takes the server, and no more', () => {
  const taken = takenAlong(listCommitted())
  for (const path of [
    'pnpm-lock.yaml',
    'packages/step-3/src/main.ts',
    'packages/office/src/office.ts',
    'packages/office/data/documents/handbook.md',
  ]) {
    expect(taken).toContain(path)
  }
  const [server, office] = ['step-3', 'office'].map((name) =>
    listCommitted().filter((it) => it.startsWith(`packages/${name}/src/`)),
  )
  expect(taken).toEqual(
    expect.arrayContaining([...(server ?? []), ...(office ?? [])]),
  )
  const others = taken.filter(
    (it) =>
      !/^packages\/(step-3|office)\/(src|data)\/|^(packages\/(step-3|office)\/)?package\.json$/.test(
        it,
      ),
  )
  expect(others.sort()).toEqual(['pnpm-lock.yaml', 'pnpm-workspace.yaml'])
})

// The typical server of a tutorial, before and after the guard of step 2 is
// carried into it, and the same for a server that speaks Fetch.
import { cp, mkdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'vitest'
import { catalogue } from '../../src/catalogue.ts'
import { judgeAll, type Report } from '../../src/runner.ts'
import { findPort } from '../ports.ts'
import { startSubject, stepFolder } from '../subjects.ts'

const exercises = fileURLToPath(
  new URL('../../../../lessons/exercises/', import.meta.url),
)
const carried = ['guard', 'tokens', 'keys', 'env', 'audit']

/** Judges a server of `retrofit` up to step 2, as somebody would from outside. */
async function judge(name: string, files: string[]): Promise<Report> {
  const folder = `${exercises}.built/retrofit-${name}`
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await cp(`${exercises}retrofit/${name}`, folder, { recursive: true })
  for (const file of files) {
    const source = `${stepFolder(2)}src/${file}.ts`
    await cp(source, `${folder}/src/${file}.ts`)
  }
  const subject = await startSubject(folder, { PORT: `${await findPort()}` })
  // Its tools are not ours.
  const ours = { effect: undefined, reader: undefined, upstream: undefined }
  try {
    const asked = catalogue.filter(({ since }) => since <= 2)
    return await judgeAll(asked, { ...subject.options, ...ours })
  } finally {
    await subject.stop()
  }
}

const failing = ({ results }: Report, ...levels: string[]) =>
  results
    .filter(({ verdict }) => verdict === 'fails')
    .filter(({ property }) => levels.includes(property.level))
    .map(({ property }) => property.id)
    .sort()

describe.concurrent('the typical server of a tutorial', () => {
  test('is open, and breaks rules before any guard', async ({ expect }) => {
    const report = await judge('before', [])
    expect(report).toMatchObject({ level: -1, open: true })
    expect(failing(report, 'must')).toContain('bearer/missing-401-challenge')
  })

  test('is at level 2 with the files of step 2', async ({ expect }) => {
    const report = await judge('after', carried)
    expect(report, failing(report, 'must', 'should').join()).toMatchObject({
      level: 2,
      open: false,
    })
    // What the page says is left: rules of our own, none of a standard.
    expect(failing(report, 'policy')).toEqual([
      'bearer/no-store',
      'rotation/revoke-closes-streams',
      'secret/secret-not-in-argv',
    ])
  })

  test('is at level 2 on Hono, by the header alone', async ({ expect }) => {
    const report = await judge('fetch', carried)
    expect(report, failing(report, 'must', 'should').join()).toMatchObject({
      level: 2,
      open: false,
    })
    expect(failing(report, 'policy')).toEqual([
      'operation/audit-log',
      'rotation/revoke-closes-streams',
    ])
  })
})

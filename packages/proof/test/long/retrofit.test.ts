// The typical server of a tutorial, before and after the guard of step 2 is
// carried into it, and the same for a server that speaks Fetch.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { findPort, startSubject, stepFolder } from '@guard-up/lab'
import { describe, test } from 'vitest'
import { catalogue } from '../../../guardcheck/src/catalogue.ts'
import { judgeAll, type Report } from '../../../guardcheck/src/judge/runner.ts'

const exercises = fileURLToPath(
  new URL('../../../../lessons/exercises/', import.meta.url),
)
const carried = [
  ...['guard', 'refusals', 'message'],
  ...['tokens', 'keys', 'env', 'files', 'audit'],
]

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
  await mirror(`${folder}/src/main.ts`)
  const subject = await startSubject(folder, { PORT: `${await findPort()}` })
  // Its tools are not ours.
  const ours = {
    effect: undefined,
    reader: undefined,
    upstream: undefined,
    mirror: { name: 'add', arguments: { a: 1, b: 2 } },
  }
  try {
    const asked = catalogue.filter(({ since }) => since <= 2)
    return await judgeAll(asked, { ...subject.options, ...ours })
  } finally {
    await subject.stop()
  }
}

/** Has the one tool answer with all that it is given. */
async function mirror(file: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  const edited = text
    .replace('async ({ a, b }) =>', 'async (_given, extra) =>')
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code.
    .replace('`${a + b}`', 'JSON.stringify(extra)')
  if (!edited.includes('stringify(extra)')) throw new Error(`No add in ${file}`)
  await writeFile(file, edited)
}

const failing = ({ results }: Report, ...levels: string[]) =>
  results
    .filter(({ verdict }) => verdict === 'fails')
    .filter(({ property }) => levels.includes(property.level))
    .map(({ property }) => property.id)
    .sort()

// One after the other: some answers have a second, also on a busy machine.
describe('the typical server of a tutorial', () => {
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

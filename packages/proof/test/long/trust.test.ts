import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { buildExercise } from '@guard-up/exercises'
import {
  findPort,
  sharedPair,
  startTrusting,
  stepFolder,
  type TrustingSubject,
} from '@guard-up/lab'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const cli = fileURLToPath(
  new URL('../../../guardcheck/src/cli/main.ts', import.meta.url),
)

/** Runs the command, as a person would, and says what it printed. */
async function guardcheck(args: string[], env: Record<string, string> = {}) {
  const run = promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', cli, ...args],
    { env: { ...process.env, ...env }, timeout: 90_000 },
  )
  const { stdout, stderr } = await run.catch((error) => error)
  const { exitCode } = run.child
  return { stdout: `${stdout}`, stderr: `${stderr}`, exitCode }
}

/** The verdicts of a JSON report by their ids. */
const verdicts = (stdout: string) =>
  Object.fromEntries(
    JSON.parse(stdout).results.map(
      (result: { id: string; verdict: string }) => [result.id, result.verdict],
    ),
  )

describe('--lying-issuer', () => {
  const judge = async (folder: string) => {
    const port = await findPort()
    const pair = await sharedPair()
    const line =
      'OAUTH_ISSUER=$GUARDCHECK_ISSUER exec node --import tsx src/main.ts'
    const args = ['--start', `cd '${folder}' && ${line}`, '--lying-issuer']
    const rows = ['aud-bound', 'alg-confusion-refused', 'iss-exact']
    const only = rows.flatMap((row) => ['--only', `resource/${row}`])
    const more = ['--ca', pair.certFile, '--format', 'json']
    return guardcheck([...args, ...only, ...more], {
      PORT: `${port}`,
      PUBLIC_URL: `https://127.0.0.1:${port}/mcp`,
      TLS_KEY_FILE: pair.keyFile,
      TLS_CERT_FILE: pair.certFile,
      GUESSES_PER_MINUTE: '1000',
    })
  }

  test.skipIf(process.platform === 'win32')(
    'lies to the server that --start starts',
    async () => {
      const { stdout, exitCode } = await judge(stepFolder(3))
      expect(verdicts(stdout)).toEqual({
        'resource/aud-bound': 'holds',
        'resource/alg-confusion-refused': 'holds',
        'resource/iss-exact': 'holds',
      })
      expect(exitCode).toBe(0)
    },
  )

  test.skipIf(process.platform === 'win32')(
    'is believed by one that skips the audience',
    async () => {
      const folder = await buildExercise('skips-the-audience', 'lied-to')
      const { stdout, exitCode } = await judge(folder)
      expect(verdicts(stdout)).toMatchObject({
        'resource/aud-bound': 'fails',
        'resource/iss-exact': 'holds',
      })
      expect(exitCode).toBe(1)
    },
  )

  test('names a port that cannot be had', async () => {
    const { stderr, exitCode } = await guardcheck(
      ['http://127.0.0.1:9/mcp', '--lying-issuer', '70000'],
      {},
    )
    expect(stderr).toContain('0 to 65535')
    expect(exitCode).toBe(2)
  })
})

describe('--issuer', () => {
  let subject: TrustingSubject
  beforeAll(async () => {
    subject = await startTrusting()
  }, 60_000)
  afterAll(() => subject?.stop())

  const judge = async (args: string[]) => {
    const { url, issuer } = subject.options
    const rows = ['as-metadata', 'redirect-exact', 'pkce-required-s256']
    const only = rows.flatMap((row) => ['--only', `issuer/${row}`])
    const { certFile } = await sharedPair()
    return guardcheck(
      [url.href, '--issuer', issuer.issuer, '--ca', certFile]
        .concat(['--format', 'json', ...only])
        .concat(args),
      { PASSWORD: issuer.person.password },
    )
  }

  test('is judged with a client, and somebody who signs in', async () => {
    const { clientId, redirectUri, person, scopes } = subject.options.issuer
    const { stdout, exitCode } = await judge([
      ...['--client-id', clientId, '--redirect-uri', redirectUri],
      ...['--login', person.login, '--password-env', 'PASSWORD'],
      ...scopes.flatMap((scope) => ['--scope', scope]),
    ])
    expect(verdicts(stdout)).toEqual({
      'issuer/as-metadata': 'holds',
      'issuer/redirect-exact': 'holds',
      'issuer/pkce-required-s256': 'holds',
    })
    expect(stdout).not.toContain(person.password)
    expect(exitCode).toBe(0)
  })

  test('alone is asked what it says of itself, and the rest is open', async () => {
    const { stdout, exitCode } = await judge([])
    expect(verdicts(stdout)).toEqual({
      'issuer/as-metadata': 'holds',
      'issuer/redirect-exact': 'not-applicable',
      'issuer/pkce-required-s256': 'not-applicable',
    })
    expect(exitCode).toBe(0)
  })

  test.each([
    [['--client-id', 'workshop'], '--client-id and --redirect-uri'],
    [['--login', 'alice'], '--login and --password-env'],
    [['--password-env', 'NO_SUCH'], 'NO_SUCH, which is not set'],
  ])('%j is half of something', async (args, sentence) => {
    const { stderr, exitCode } = await judge(args)
    expect(stderr).toContain(sentence)
    expect(exitCode).toBe(2)
  })
})

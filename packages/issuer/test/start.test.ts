import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { cleanUp, folder, run, tls } from './issuer.ts'

afterAll(cleanUp)

describe('a start that cannot be right', () => {
  const file = (name: string, text: string, mode = 0o600) => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode })
    return path
  }
  const start = (env: Record<string, string>, args: string[] = []) =>
    run(
      'src/main.ts',
      { PORT: '0', ISSUER_DIR: join(folder, 'mistakes'), ...tls, ...env },
      args,
    )

  test.concurrent.each<[string, Record<string, string>, RegExp, string[]?]>([
    ['a port that is none', { PORT: '99999' }, /^PORT /],
    ['a port in words', { PORT: 'http' }, /^PORT /],
    ['every address', { HOST: '0.0.0.0' }, /^HOST /],
    ['no key', { TLS_KEY_FILE: '' }, /^TLS_KEY_FILE /],
    ['no certificate', { TLS_CERT_FILE: '' }, /^TLS_CERT_FILE /],
    ['a key that is not there', { TLS_KEY_FILE: 'gone' }, /^TLS_KEY_FILE /],
    ['a key that is none', { TLS_KEY_FILE: file('k', 'x') }, /^TLS_KEY_FILE /],
    [
      'a key for everybody',
      { TLS_KEY_FILE: file('open', 'x', 0o644) },
      /^TLS_KEY_FILE .*chmod/,
    ],
    ['a plain issuer', { ISSUER_URL: 'http://localhost:1' }, /^ISSUER_URL /],
    [
      'a slash',
      { PORT: '1', ISSUER_URL: 'https://a.example/' },
      /^ISSUER_URL /,
    ],
    [
      'a path',
      { PORT: '1', ISSUER_URL: 'https://a.example/b' },
      /^ISSUER_URL /,
    ],
    ['a free port', { ISSUER_URL: 'https://a.example' }, /^ISSUER_URL /],
    ['a resource', { ISSUER_RESOURCES: 'http://a.example' }, /^ISSUER_RESO/],
    ['half a list', { ISSUER_RESOURCES: 'https://a.example,' }, /^ISSUER_RESO/],
    ['a format', { ISSUER_TOKEN_FORMAT: 'paseto' }, /^ISSUER_TOKEN_FORMAT /],
    ['a switch', { ISSUER_REGISTRATION: 'yes' }, /^ISSUER_REGISTRATION /],
    ['no such people', { ISSUER_PEOPLE_FILE: 'gone' }, /^ISSUER_PEOPLE_FILE /],
    [
      'people for everybody',
      { ISSUER_PEOPLE_FILE: file('p', '[]', 0o644) },
      /^The people file .*chmod/,
    ],
    [
      'half a list of people',
      { ISSUER_PEOPLE_FILE: file('half', '[{"name"') },
      /^The people file /,
    ],
    [
      'a plain password',
      {
        ISSUER_PEOPLE_FILE: file(
          'plain',
          '[{"name":"a","password":"hunter22","scopes":[]}]',
        ),
      },
      /entry 1: password/,
    ],
    [
      'a folder that is a file',
      { ISSUER_DIR: file('folder', '') },
      /^ISSUER_DIR /,
    ],
    ['an argument', {}, /arguments/, ['--port=1']],
  ])('with %s ends in one sentence', async (_what, env, says, args) => {
    const { status, stdout, stderr } = await start(env, args)
    expect(stderr).toMatch(says)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).not.toContain('hunter22')
    expect(status).toBe(1)
    expect(stdout).toBe('')
  })
})

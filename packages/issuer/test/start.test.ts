import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { exposureOf, readPrivate } from '../src/files.ts'
import { readPeople } from '../src/people.ts'
import { readSettings } from '../src/settings.ts'
import { cleanUp, folder, run, tls } from './issuer.ts'

afterAll(cleanUp)

/** A file as an operator might have left it. */
const file = (name: string, text: string | Buffer, mode = 0o600) => {
  const path = join(folder, name)
  writeFileSync(path, text, { mode })
  return path
}

type Mistake = [what: string, env: Record<string, string>, says: RegExp]

describe('settings', () => {
  test.each<Mistake>([
    ['a port that is none', { PORT: '99999' }, /^PORT /],
    ['a port in words', { PORT: 'http' }, /^PORT /],
    ['no key', { TLS_KEY_FILE: '' }, /^TLS_KEY_FILE /],
    ['no certificate', { TLS_CERT_FILE: '' }, /^TLS_CERT_FILE /],
    ['a key that is not there', { TLS_KEY_FILE: 'gone' }, /^TLS_KEY_FILE /],
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
    [
      'a free port',
      { PORT: '0', ISSUER_URL: 'https://a.example' },
      /^ISSUER_URL /,
    ],
    ['a resource', { ISSUER_RESOURCES: 'http://a.example' }, /^ISSUER_RESO/],
    ['half a list', { ISSUER_RESOURCES: 'https://a.example,' }, /^ISSUER_RESO/],
    ['a format', { ISSUER_TOKEN_FORMAT: 'paseto' }, /^ISSUER_TOKEN_FORMAT /],
    ['a switch', { ISSUER_REGISTRATION: 'yes' }, /^ISSUER_REGISTRATION /],
    ['no such people', { ISSUER_PEOPLE_FILE: 'gone' }, /^ISSUER_PEOPLE_FILE /],
  ])('with %s are refused in a sentence', (_what, env, says) => {
    expect(() => readSettings({ ...tls, ...env })).toThrow(says)
  })

  test('have defaults, which an empty variable does not change', () => {
    const settings = readSettings({ ...tls, PORT: '', ISSUER_URL: '' })
    expect(settings).toMatchObject({
      port: 3100,
      host: '127.0.0.1',
      issuer: 'https://localhost:3100',
      resources: ['https://localhost:3003/mcp'],
      tokenFormat: 'opaque',
      registration: false,
      cimdLoopback: false,
    })
  })
})

describe('a variable of blanks alone', () => {
  test.each([
    'PORT',
    'HOST',
    'TLS_KEY_FILE',
    'TLS_CERT_FILE',
    'ISSUER_URL',
    'ISSUER_DIR',
    'ISSUER_PEOPLE_FILE',
    'ISSUER_RESOURCES',
    'ISSUER_TOKEN_FORMAT',
    'ISSUER_REGISTRATION',
    'ISSUER_CIMD_LOOPBACK',
  ])('ends the start when it is %s', (name) => {
    expect(() => readSettings({ ...tls, [name]: ' \t' })).toThrow(
      `${name} holds nothing but blanks.`,
    )
  })

  test.each(['ISSUER_PEOPLE_FILE', 'ISSUER_DIR'])(
    'ends the command person when it is %s',
    async (name) => {
      const said = await run('bin/person.ts', { [name]: ' ' }, ['list'])
      expect(said).toEqual({
        status: 1,
        stdout: '',
        stderr: `${name} holds nothing but blanks.\n`,
      })
    },
  )
})

describe('a file with a secret', () => {
  const me = 1000
  test.each([
    [me, 0o600, undefined],
    [me, 0o400, undefined],
    [me, 0o640, /chmod 600/],
    [me, 0o604, /chmod 600/],
    [0, 0o640, undefined],
    [0, 0o440, undefined],
    [0, 0o600, undefined],
    [0, 0o644, /chmod 640/],
    [0, 0o660, /chmod 640/],
    [0, 0o650, /chmod 640/],
    [1001, 0o600, /chown/],
    [1001, 0o400, /chown/],
  ])('of user %i and mode %o is judged by both', (uid, mode, why) => {
    const problem = exposureOf({ uid, mode: 0o100000 | mode }, me)
    if (why) expect(problem).toMatch(why)
    else expect(problem).toBeUndefined()
    // To root, what root owns is its own.
    if (uid === 0 && mode & 0o077) {
      expect(exposureOf({ uid, mode }, 0)).toMatch(/chmod 600/)
    }
  })

  test('is read through one open file, which must be one', () => {
    const place = join(folder, 'a-directory')
    mkdirSync(place, { mode: 0o700 })
    expect(() => readPrivate('X', place)).toThrow('X names a directory')
    expect(() => readPrivate('X', join(folder, 'gone'))).toThrow(/^X names no/)
  })

  test.runIf(process.geteuid?.() === 0)(
    'of another user is refused by the server that starts',
    async () => {
      const other = file('theirs.pem', 'x')
      chownSync(other, 12345, 12345)
      const { status, stderr } = await run('src/main.ts', {
        PORT: '0',
        ...tls,
        TLS_KEY_FILE: other,
      })
      expect(stderr).toMatch(/^TLS_KEY_FILE names a file of another user: ch/)
      expect(status).toBe(1)
    },
  )

  test.each([
    ['UTF-8 with a mark', (text: string) => Buffer.from(`\ufeff${text}`)],
    [
      'UTF-16 with a mark',
      (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le'),
    ],
  ])('may be %s and CRLF, as Windows writes it', (what, encode) => {
    const text = '[\n  {}\n]\n'
    const bytes = encode(text.replaceAll('\n', '\r\n'))
    expect(readPrivate('X', file(what, bytes))).toBe(text)
  })
})

describe('people', () => {
  const hash = `scrypt$32768$8$3$${'A'.repeat(22)}$${'A'.repeat(43)}`
  const one = { name: 'a', password: hash, scopes: ['stock:read'] }
  const list = (...people: object[]) => JSON.stringify(people)

  test.each<[what: string, text: string, says: RegExp]>([
    ['half a list', '[{"name"', /JSON array/],
    ['an object', '{}', /JSON array/],
    ['a plain password', list({ ...one, password: 'hunter22' }), /1: password/],
    [
      'an endless hash',
      list({ ...one, password: hash.replace('8', '999') }),
      /1: password/,
    ],
    ['an unknown scope', list(one, { ...one, scopes: ['all'] }), /2: scopes/],
    ['a name of two lines', list({ ...one, name: 'a\nb' }), /1: name/],
    ['somebody twice', list(one, one), /twice/],
    ['a field too many', list({ ...one, admin: true }), /1: what it holds/],
  ])('with %s are refused in a sentence', (_what, text, says) => {
    expect(() => readPeople(text)).toThrow(says)
  })
})

describe('a start that cannot be right', () => {
  test.concurrent.each<[...Mistake, args?: string[]]>([
    ['every address', { HOST: '0.0.0.0' }, /^HOST /],
    ['a key that is none', { TLS_KEY_FILE: file('k', 'x') }, /^TLS_KEY_FILE /],
    [
      'people for everybody',
      { ISSUER_PEOPLE_FILE: file('p', '[]', 0o644) },
      /^The people file .*chmod/,
    ],
    [
      'a folder that is a file',
      { ISSUER_DIR: file('folder', '') },
      /^ISSUER_DIR /,
    ],
    ['an argument', {}, /arguments/, ['--port=1']],
  ])('with %s ends in one sentence', async (_what, env, says, args) => {
    const { status, stdout, stderr } = await run(
      'src/main.ts',
      { PORT: '0', ISSUER_DIR: join(folder, 'mistakes'), ...tls, ...env },
      args,
    )
    expect(stderr).toMatch(says)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(status).toBe(1)
    expect(stdout).toBe('')
  })
})

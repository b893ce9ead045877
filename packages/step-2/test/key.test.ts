import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'vitest'
import {
  cleanEnv,
  mint,
  outcome,
  readEntries,
  runKey,
  scratch,
  startKey,
} from './scratch.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const digestOf = (secret: string) =>
  createHash('sha256').update(secret).digest('hex')
const secretPattern = /^gup_[\w-]{43}_[0-9a-f]{8}$/
const day = 24 * 60 * 60 * 1000

/** Tokens as years of use may have left them. */
function writeTokens(cwd: string, tokens: object[]): string {
  const text = JSON.stringify(tokens)
  writeFileSync(join(cwd, 'tokens.json'), text, { mode: 0o600 })
  return text
}

const after = (time: number) => new Date(Date.now() + time).toISOString()

const token = (name: string, times = {}) => ({
  name,
  digest: digestOf(`${name}${JSON.stringify(times)}`),
  notBefore: after(-day),
  expiresAt: after(89 * day + 1000),
  ...times,
})

describe.concurrent('key mint', () => {
  test('prints the secret on stdout and nothing else', async ({ expect }) => {
    const cwd = scratch()
    const { code, stdout, stderr } = await runKey(['mint', 'desk'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^gup_\S+\n$/)
    expect(stdout.trim()).toMatch(secretPattern)
    expect(stderr).toMatch(/^Shown this once: tokens\.json keeps [^\n]+\.\n$/)
  })

  test('keeps the digest, in a file that only its owner may read', async ({
    expect,
  }) => {
    const cwd = scratch()
    const secret = await mint('desk', cwd)
    const file = join(cwd, 'tokens.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).not.toContain(secret)
    expect(readEntries(file)).toMatchObject([
      { name: 'desk', digest: digestOf(secret), scopes: [] },
    ])
    expect(readdirSync(cwd)).toEqual(['tokens.json'])
  })

  test('gives several callers a secret each, in their order', async ({
    expect,
  }) => {
    const cwd = scratch()
    const names = Array.from({ length: 300 }, (_, index) => `c${index}`)
    const { stdout } = await runKey(['mint', ...names], { cwd })
    const secrets = stdout.trim().split('\n')
    expect(new Set(secrets).size).toBe(300)
    expect(readEntries(join(cwd, 'tokens.json'))).toMatchObject(
      secrets.map((secret, index) => ({
        name: `c${index}`,
        digest: digestOf(secret),
      })),
    )
  })

  test('takes a time to live and scopes', async ({ expect }) => {
    const cwd = scratch()
    const options = ['--ttl', '7d', '--scope', 'documents:read', 'stock:read']
    await runKey(['mint', 'desk', ...options], { cwd })
    const [entry] = readEntries(join(cwd, 'tokens.json'))
    const left = Date.parse(entry?.expiresAt ?? '') - Date.now()
    expect(Math.abs(left - 7 * day)).toBeLessThan(60_000)
    expect(entry?.scopes).toEqual(['documents:read', 'stock:read'])
  })

  test('keeps them in the file that MCP_TOKENS_FILE names', async ({
    expect,
  }) => {
    const cwd = scratch()
    const env = { MCP_TOKENS_FILE: join(cwd, 'other.json') }
    await runKey(['mint', 'desk'], { cwd, env })
    expect(readdirSync(cwd)).toEqual(['other.json'])
  })

  test('keeps them in the file that a .env names, as the server does', async ({
    expect,
  }) => {
    const cwd = scratch()
    writeFileSync(join(cwd, '.env'), '\uFEFFMCP_TOKENS_FILE=named.json\r\n')
    await mint('desk', cwd)
    expect(readdirSync(cwd).sort()).toEqual(['.env', 'named.json'])
  })

  test('changes what a symlink leads to, and leaves the link', async ({
    expect,
  }) => {
    const cwd = scratch()
    mkdirSync(join(cwd, 'real'))
    writeFileSync(join(cwd, 'real/t.json'), '[]', { mode: 0o600 })
    symlinkSync('real/t.json', join(cwd, 'tokens.json'))
    await mint('desk', cwd)
    expect(readEntries(join(cwd, 'real/t.json'))).toHaveLength(1)
    expect(readdirSync(join(cwd, 'real'))).toEqual(['t.json'])
  })
})

describe.concurrent('key rotate', () => {
  test('gives a new secret, with the scopes, beside the old one', async ({
    expect,
  }) => {
    const cwd = scratch()
    writeTokens(cwd, [token('desk', { scopes: ['stock:read'] })])
    const args = ['rotate', 'desk', '--overlap', '2h', '--ttl', '30d']
    const { stdout, stderr } = await runKey(args, { cwd })
    const [old, fresh] = readEntries(join(cwd, 'tokens.json'))
    const left = (entry?: { expiresAt: string }) =>
      Date.parse(entry?.expiresAt ?? '') - Date.now()
    expect(Math.abs(left(old) - day / 12)).toBeLessThan(60_000)
    expect(Math.abs(left(fresh) - 30 * day)).toBeLessThan(60_000)
    expect(fresh).toMatchObject({
      name: 'desk',
      digest: digestOf(stdout.trim()),
      scopes: ['stock:read'],
    })
    expect(stderr).toMatch(/The old secret of desk works until [\d: -]+ UTC\./)
  })

  test('never makes an old secret live longer', async ({ expect }) => {
    const cwd = scratch()
    const expiresAt = after(60_000)
    writeTokens(cwd, [token('desk', { expiresAt })])
    await runKey(['rotate', 'desk'], { cwd })
    const [old] = readEntries(join(cwd, 'tokens.json'))
    expect(old?.expiresAt).toBe(expiresAt)
  })

  test('ends the old secret at once with no overlap', async ({ expect }) => {
    const cwd = scratch()
    writeTokens(cwd, [token('desk')])
    const args = ['rotate', 'desk', '--overlap', '0s']
    const { stderr } = await runKey(args, { cwd })
    const [old] = readEntries(join(cwd, 'tokens.json'))
    expect(Date.parse(old?.expiresAt ?? '')).toBeLessThanOrEqual(Date.now())
    expect(stderr).toMatch(/No older secret of desk works any more\./)
  })
})

test.concurrent('key revoke ends every token of one caller and no other', async ({
  expect,
}) => {
  const cwd = scratch()
  const other = token('night')
  writeTokens(cwd, [token('desk'), other, token('desk', { scopes: ['a'] })])
  const { code, stdout } = await runKey(['revoke', 'desk'], { cwd })
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  expect(readEntries(join(cwd, 'tokens.json'))).toMatchObject([other])
})

describe.concurrent('key list', () => {
  const years = 365 * day
  const tokens = [
    token('desk'),
    token('gone', { expiresAt: after(-2 * day), notBefore: after(-92 * day) }),
    token('soon', { expiresAt: after(3 * day), notBefore: after(-87 * day) }),
    token('n'.repeat(64), { expiresAt: after(8 * years) }),
    token('next', { notBefore: after(2 * day), expiresAt: after(5 * years) }),
  ]

  test('shows the next to expire first, and what has expired last', async ({
    expect,
  }) => {
    const cwd = scratch()
    writeTokens(cwd, tokens)
    const { stdout, stderr } = await runKey(['list'], { cwd })
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line) => line.slice(0, 4))).toEqual([
      'soon',
      'desk',
      'next',
      'nnnn',
      'gone',
    ])
    expect(lines[0]).toMatch(
      /^soon +[0-9a-f]{12} {2}expires in 3 days +minted 87 days ago$/,
    )
    expect(lines[2]).toMatch(/begins in 2 days +expires in 5 years$/)
    expect(lines[4]).toMatch(/expired 2 days ago/)
    expect(stderr).toBe('')
    const places = lines.map((line) => line.search(/[0-9a-f]{12}/))
    expect(new Set(places).size).toBe(1)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(81)
  })

  test('shows it in Japanese, aligned, to whoever reads Japanese', async ({
    expect,
  }) => {
    const cwd = scratch()
    writeTokens(cwd, tokens)
    const env = { LC_ALL: '', LC_MESSAGES: '', LANG: 'ja_JP.UTF-8' }
    const byLocale = await runKey(['list'], { cwd, env })
    const byOption = await runKey(['--lang', 'ja', 'list'], { cwd })
    expect(byLocale.stdout).toBe(byOption.stdout)
    const [first] = byOption.stdout.split('\n')
    expect(first).toMatch(/^soon +[0-9a-f]{12} {2}期限は3日後 +87日前に発行$/)
  })

  test('--json tells a program as much, and no whole digest', async ({
    expect,
  }) => {
    const cwd = scratch()
    writeTokens(cwd, tokens)
    const { stdout } = await runKey(['list', '--json'], { cwd })
    const listed = JSON.parse(stdout)
    expect(listed.map(({ name }: { name: string }) => name)).toEqual([
      'soon',
      'desk',
      'next',
      'n'.repeat(64),
      'gone',
    ])
    expect(listed[0]).toEqual({
      name: 'soon',
      fingerprint: tokens[2]?.digest.slice(0, 12),
      state: 'valid',
      scopes: [],
      notBefore: tokens[2]?.notBefore,
      expiresAt: tokens[2]?.expiresAt,
    })
    expect(listed[2].state).toBe('not valid yet')
    expect(listed[4].state).toBe('expired')
    expect(stdout).not.toMatch(/[0-9a-f]{64}/)
  })

  test('says that there is none yet, beside an empty output', async ({
    expect,
  }) => {
    const cwd = scratch()
    expect(await runKey(['list'], { cwd })).toEqual({
      code: 0,
      stdout: '',
      stderr:
        'There is no token in tokens.json yet: key mint NAME makes one.\n',
    })
    const { stdout } = await runKey(['list', '--json'], { cwd })
    expect(JSON.parse(stdout)).toEqual([])
  })
})

describe.concurrent('key check', () => {
  const check = (cwd: string, input: string) =>
    runKey(['check'], { cwd, input })

  test('says whose a secret is, and does not print it', async ({ expect }) => {
    const cwd = scratch()
    const secret = await mint('desk', cwd)
    expect(await check(cwd, `${secret}\n`)).toEqual({
      code: 0,
      stdout: 'It is well formed and belongs to desk: expires in 90 days.\n',
      stderr: '',
    })
  })

  test('finds every typo of one character', async ({ expect }) => {
    const cwd = scratch()
    const secret = await mint('desk', cwd)
    for (const typo of [
      secret.slice(1),
      secret.slice(0, -1),
      `${secret}x`,
      secret.replace(/.(?=_)/, (c) => (c === 'a' ? 'b' : 'a')),
      '',
    ]) {
      const { code, stdout, stderr } = await check(cwd, typo)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(/^It is not well formed: [^\n]+\.\n$/)
    }
  })

  test('tells a secret that nobody has, and one that has expired', async ({
    expect,
  }) => {
    const cwd = scratch()
    const secret = await mint('desk', cwd)
    await runKey(['rotate', 'desk', '--overlap', '0s'], { cwd })
    const expired = await check(cwd, secret)
    expect(expired.code).toBe(1)
    expect(expired.stderr).toMatch(
      /belongs to desk, but does not work: expired/,
    )
    await runKey(['revoke', 'desk'], { cwd })
    const unknown = await check(cwd, secret)
    expect(unknown.code).toBe(1)
    expect(unknown.stderr).toMatch(/belongs to nobody in tokens\.json\.\n$/)
  })
})

interface Refusal {
  what: string
  args: string[]
  env?: NodeJS.ProcessEnv
  /** What stands in the file before; `desk` with a token when left out. */
  text?: string
  says: RegExp
  inJapanese?: true
}

const npm = { npm_config_user_agent: 'npm/11.0.0 node/v20.19.0 linux x64' }
const leaked = 'gup_leaked-secret_00000000'

const everyones = scratch()
chmodSync(everyones, 0o777)

const refusals: Refusal[] = [
  {
    what: 'a name that is taken',
    args: ['mint', 'new', 'desk'],
    says: /desk has/,
  },
  { what: 'a name twice', args: ['mint', 'a', 'a'], says: /a is named twice/ },
  { what: 'a name with a blank', args: ['mint', 'a b'], says: /A name/ },
  { what: 'an empty name', args: ['mint', ''], says: /A name/ },
  { what: 'a name too long', args: ['mint', 'n'.repeat(65)], says: /A name/ },
  { what: 'no name', args: ['mint'], says: /<names> is missing/ },
  {
    what: 'a bad scope',
    args: ['mint', 'a', '--scope', 'x y'],
    says: /A scope/,
  },
  { what: 'a bad time', args: ['mint', 'a', '--ttl', 'soon'], says: /--ttl/ },
  { what: 'a bare number', args: ['mint', 'a', '--ttl', '90'], says: /--ttl/ },
  { what: 'no time at all', args: ['mint', 'a', '--ttl', '0d'], says: /--ttl/ },
  {
    what: 'eternity',
    args: ['mint', 'a', '--ttl', '9999y'],
    says: /--ttl/,
    inJapanese: true,
  },
  {
    what: 'a bad overlap',
    args: ['rotate', 'desk', '--overlap', '-1d'],
    says: /--overlap/,
  },
  { what: 'rotating nobody', args: ['rotate', 'x'], says: /x has no token/ },
  { what: 'revoking nobody', args: ['revoke', 'x'], says: /x has no token/ },
  {
    what: 'two names to revoke',
    args: ['revoke', 'desk', 'x'],
    says: /too many/,
  },
  {
    what: 'an unknown option',
    args: ['mint', 'a', '--token', 'x'],
    says: /no option --token/,
    inJapanese: true,
  },
  { what: 'an unknown command', args: ['forget'], says: /no command forget/ },
  {
    what: 'an unknown language',
    args: ['list', '--lang', 'de'],
    says: /--lang/,
  },
  {
    what: 'a secret as a name',
    args: ['revoke', leaked],
    says: /command line/,
  },
  { what: 'a secret to check', args: ['check', leaked], says: /command line/ },
  {
    what: 'an option that npm took',
    args: ['mint', 'a', '7d'],
    env: { ...npm, npm_config_ttl: 'true' },
    says: /npm kept --ttl/,
  },
  {
    what: 'a file that is no JSON',
    args: ['mint', 'a'],
    text: '[{',
    says: /tokens\.json must hold/,
  },
  {
    what: 'an empty file',
    args: ['mint', 'a'],
    text: '',
    says: /tokens\.json must hold/,
    inJapanese: true,
  },
  {
    what: 'a bad entry',
    args: ['mint', 'a'],
    text: '[{"name":"desk"}]',
    says: /tokens\.json entry 1: digest/,
    inJapanese: true,
  },
  {
    what: 'an entry that is null',
    args: ['rotate', 'a'],
    text: '[null]',
    says: /tokens\.json entry 1/,
    inJapanese: true,
  },
  {
    what: 'one secret for two callers',
    args: ['list'],
    text: JSON.stringify([
      token('a', { digest: 'a'.repeat(64) }),
      token('b', { digest: 'a'.repeat(64) }),
    ]),
    says: /tokens\.json gives one secret/,
    inJapanese: true,
  },
  {
    what: 'a device',
    args: ['mint', 'a'],
    env: { MCP_TOKENS_FILE: '/dev/null' },
    says: /not a regular file/,
  },
  {
    what: 'a directory',
    args: ['mint', 'a'],
    env: { MCP_TOKENS_FILE: '.' },
    says: /is a directory/,
    inJapanese: true,
  },
  {
    what: 'a folder where everyone may write',
    args: ['mint', 'a'],
    env: { MCP_TOKENS_FILE: join(everyones, 'tokens.json') },
    says: /Everyone may write in the folder of/,
    inJapanese: true,
  },
  {
    what: 'a folder that is not there',
    args: ['mint', 'a'],
    env: { MCP_TOKENS_FILE: 'no/t.json' },
    says: /cannot be written/,
  },
]

describe.concurrent('key refuses', () => {
  test.for(refusals)(
    '$what in one sentence, and changes nothing',
    async ({ args, env, text, says }, { expect }) => {
      const cwd = scratch()
      const before = text ?? writeTokens(cwd, [token('desk')])
      const file = join(cwd, 'tokens.json')
      writeFileSync(file, before, { mode: 0o600 })
      const en = await runKey(args, { cwd, ...(env && { env }) })
      expect(en).toMatchObject({ code: 1, stdout: '' })
      expect(en.stderr).toMatch(/^[^\n]+[.…]\n$/)
      expect(en.stderr).toMatch(says)
      expect(en.stderr).not.toContain(leaked)
      expect(readFileSync(file, 'utf8')).toBe(before)
      expect(readdirSync(cwd)).toEqual(['tokens.json'])
    },
  )

  test.for(refusals.filter(({ inJapanese }) => inJapanese))(
    '$what in Japanese to whoever reads Japanese',
    async ({ args, env, text }, { expect }) => {
      const cwd = scratch()
      if (text !== undefined) {
        writeFileSync(join(cwd, 'tokens.json'), text, { mode: 0o600 })
      }
      const locale = { ...env, LC_ALL: 'ja_JP.UTF-8' }
      const { stdout, stderr } = await runKey(args, { cwd, env: locale })
      expect(stdout).toBe('')
      expect(stderr).toMatch(/^[^\n]*[ぁ-ん][^\n]*。\n$/)
    },
  )

  test('a file that others may read, and says how to close it', async ({
    expect,
  }) => {
    const cwd = scratch()
    writeTokens(cwd, [])
    chmodSync(join(cwd, 'tokens.json'), 0o644)
    const { code, stderr } = await runKey(['mint', 'a'], { cwd })
    expect(code).toBe(1)
    expect(stderr).toBe('Others may read tokens.json: chmod 600 it.\n')
  })
})

test.concurrent('key alone and key --help show how to use it', async ({
  expect,
}) => {
  const cwd = scratch()
  const help = await runKey(['--help'], { cwd })
  expect(help.code).toBe(0)
  for (const word of ['mint', 'rotate', 'revoke', 'list', 'check', '--lang']) {
    expect(help.stdout).toContain(word)
  }
  const lines = help.stdout.split('\n')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(81)
  const alone = await runKey([], { cwd })
  expect(alone).toEqual({ code: 1, stdout: '', stderr: help.stdout })
})

test.concurrent('key starts as the script of the repository starts it', async ({
  expect,
}) => {
  const cwd = scratch()
  const { key } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ).scripts
  const [, ...args] = `${key} mint desk`.split(' ')
  const env = cleanEnv({ MCP_TOKENS_FILE: join(cwd, 'tokens.json') })
  const child = spawn(process.execPath, args, { cwd: root, env })
  const { code, stdout } = await outcome(child)
  expect(code).toBe(0)
  expect(stdout.trim()).toMatch(secretPattern)
})

describe.concurrent('several key commands', () => {
  test('that mint at the same time lose nothing', async ({ expect }) => {
    const cwd = scratch()
    const names = Array.from({ length: 10 }, (_, index) => `c${index}`)
    const secrets = await Promise.all(names.map((name) => mint(name, cwd)))
    const entries = readEntries(join(cwd, 'tokens.json'))
    expect(entries.map(({ digest }) => digest).sort()).toEqual(
      secrets.map(digestOf).sort(),
    )
    expect(readdirSync(cwd)).toEqual(['tokens.json'])
  })

  test('that follow one that was killed wait, say why, and lose nothing', async ({
    expect,
  }) => {
    const cwd = scratch()
    const lock = join(cwd, 'tokens.json.lock')
    mkdirSync(lock)
    // Alive until somebody has said for what they wait.
    const alive = setInterval(
      () => utimesSync(lock, new Date(), new Date()),
      100,
    )
    const children = ['a', 'b', 'c'].map((name) =>
      startKey(['mint', name], { cwd }),
    )
    const ended = children.map(outcome)
    const [said] = await Promise.race(
      children.map((child) => once(child.stderr ?? child, 'data')),
    )
    clearInterval(alive)
    const start = performance.now()
    const outcomes = await Promise.all(ended)
    expect(said).toMatch(/^Another key command is changing [^\n]+\.\n/)
    // Two seconds, and the rest is a busy machine.
    expect(performance.now() - start).toBeLessThan(10_000)
    const entries = readEntries(join(cwd, 'tokens.json'))
    expect(entries.map(({ digest }) => digest).sort()).toEqual(
      outcomes.map(({ stdout }) => digestOf(stdout.trim())).sort(),
    )
    expect(readdirSync(cwd)).toEqual(['tokens.json'])
  })
})

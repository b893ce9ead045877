import { spawn } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { generate } from 'selfsigned'
import { afterAll, describe, expect, test } from 'vitest'
import { readEdge } from '../src/edge.ts'
import { loadEnv, openTokens } from '../src/env.ts'
import { openOAuth } from '../src/oauth.ts'
import { createTlsServer } from '../src/tls.ts'

const home = mkdtempSync(join(tmpdir(), 'guard-up-step-3-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** A file as an operator might have left it. */
function file(name: string, text: string | Buffer, mode = 0o600): string {
  const path = join(home, name)
  writeFileSync(path, text, { mode })
  return path
}

async function pair(name: string) {
  const { private: key, cert } = await generate(undefined, {
    keyType: 'ec',
    algorithm: 'sha256',
  })
  return {
    TLS_KEY_FILE: file(`${name}-key.pem`, key),
    TLS_CERT_FILE: file(`${name}-cert.pem`, cert, 0o644),
  }
}

const good = await pair('good')
const other = await pair('other')
const [cert, foreign] = [good, other].map(({ TLS_CERT_FILE }) =>
  readFileSync(TLS_CERT_FILE, 'utf8'),
)
const [key = ''] = [good].map(({ TLS_KEY_FILE }) =>
  readFileSync(TLS_KEY_FILE, 'utf8'),
)
const encrypted = createPrivateKey(key).export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'plain-demo-secret',
})
const der = new X509Certificate(`${cert}`).raw
const secret = file('client.secret', 'plain-demo-secret\n')

/** Reads the whole configuration in the order in which a start does. */
function read(env: NodeJS.ProcessEnv): void {
  const edge = readEdge(env, Number(env.PORT ?? 3003))
  openTokens(env)
  openOAuth(env, edge.publicUrl)
  createTlsServer(env, express()).close()
}

const issuer = { ...good, OAUTH_ISSUER: 'https://issuer.example' }

type Mistake = [what: string, env: NodeJS.ProcessEnv, names: RegExp]

const mistakes: Mistake[] = [
  [
    'neither an issuer nor tokens',
    good,
    /^Set OAUTH_ISSUER or MCP_TOKENS_FILE/,
  ],
  [
    'no certificate and no proxy',
    { OAUTH_ISSUER: issuer.OAUTH_ISSUER },
    /TLS_/,
  ],
  ['a key without a certificate', { ...issuer, TLS_CERT_FILE: '' }, /TLS_/],
  ['a certificate without a key', { ...issuer, TLS_KEY_FILE: '' }, /TLS_/],
  [
    'a key that is not there',
    { ...issuer, TLS_KEY_FILE: join(home, 'nowhere.pem') },
    /^TLS_KEY_FILE/,
  ],
  [
    'a key that others may read',
    { ...issuer, TLS_KEY_FILE: file('open.pem', 'plain-demo-secret', 0o644) },
    /^TLS_KEY_FILE .*make it 0600, or root's and 0440/,
  ],
  [
    'a certificate that is not there',
    { ...issuer, TLS_CERT_FILE: join(home, 'nowhere.pem') },
    /^TLS_CERT_FILE/,
  ],
  [
    'a certificate that is a directory',
    { ...issuer, TLS_CERT_FILE: home },
    /^TLS_CERT_FILE/,
  ],
  [
    "another key's certificate",
    { ...issuer, TLS_CERT_FILE: other.TLS_CERT_FILE },
    /^TLS_CERT_FILE/,
  ],
  [
    'a file that holds no key',
    { ...issuer, TLS_KEY_FILE: file('no.pem', 'plain-demo-secret') },
    /^TLS_CERT_FILE/,
  ],
  [
    'a key that wants a passphrase',
    { ...issuer, TLS_KEY_FILE: file('locked.pem', encrypted) },
    /^TLS_KEY_FILE .*passphrase/,
  ],
  [
    "another's certificate before the server's own",
    {
      ...issuer,
      TLS_CERT_FILE: file('chain.pem', `${foreign}\n${cert}`, 0o644),
    },
    /^TLS_CERT_FILE must .*begin with/,
  ],
  [
    'an empty key',
    { ...issuer, TLS_KEY_FILE: file('empty.pem', '') },
    /^TLS_CERT_FILE/,
  ],
  [
    'an empty certificate',
    { ...issuer, TLS_CERT_FILE: file('none.pem', '', 0o644) },
    /^TLS_CERT_FILE/,
  ],
  [
    'a certificate in DER',
    { ...issuer, TLS_CERT_FILE: file('cert.der', der, 0o644) },
    /^TLS_CERT_FILE must be PEM/,
  ],
  [
    'a range of proxies that is none',
    { ...issuer, TRUSTED_PROXY: '10.0.0.0/33' },
    /^TRUSTED_PROXY/,
  ],
  [
    'proxies with a mask of no bits',
    { ...issuer, TRUSTED_PROXY: '10.0.0.0/0' },
    /^TRUSTED_PROXY/,
  ],
  ['port 0 and no PUBLIC_URL', { ...issuer, PORT: '0' }, /^PUBLIC_URL/],
  [
    'a public URL without TLS',
    { ...issuer, PUBLIC_URL: 'http://a/mcp' },
    /^PUBLIC_URL/,
  ],
  [
    'a public URL that is none',
    { ...issuer, PUBLIC_URL: 'mcp' },
    /^PUBLIC_URL/,
  ],
  [
    'a public URL that clients would write otherwise',
    { ...issuer, PUBLIC_URL: 'https://A.example/mcp' },
    /^PUBLIC_URL/,
  ],
  [
    'a public URL that stops short',
    { ...issuer, PUBLIC_URL: 'https://' },
    /^PUBLIC_URL/,
  ],
  [
    'a public URL with a fragment',
    { ...issuer, PUBLIC_URL: 'https://a.example/mcp#x' },
    /^PUBLIC_URL/,
  ],
  [
    'a public URL with a password',
    { ...issuer, PUBLIC_URL: 'https://a:plain-demo-secret@b.example/mcp' },
    /^PUBLIC_URL/,
  ],
  [
    'an origin with a path',
    { ...issuer, ALLOWED_ORIGINS: 'https://a.example/' },
    /^ALLOWED_ORIGINS/,
  ],
  ['any origin', { ...issuer, ALLOWED_ORIGINS: '*' }, /^ALLOWED_ORIGINS/],
  [
    'the origin null',
    { ...issuer, ALLOWED_ORIGINS: 'null' },
    /^ALLOWED_ORIGINS/,
  ],
  [
    'a name for a proxy',
    { ...issuer, TRUSTED_PROXY: 'proxy.example' },
    /^TRUSTED_PROXY/,
  ],
  ['every proxy', { ...issuer, TRUSTED_PROXY: 'true' }, /^TRUSTED_PROXY/],
  [
    'no guess at all',
    { ...issuer, GUESSES_PER_MINUTE: '0' },
    /^GUESSES_PER_MINUTE/,
  ],
  [
    'half a guess',
    { ...issuer, GUESSES_PER_MINUTE: '0.5' },
    /^GUESSES_PER_MINUTE/,
  ],
  [
    'an issuer without TLS',
    { ...good, OAUTH_ISSUER: 'http://issuer.example' },
    /^OAUTH_ISSUER/,
  ],
  [
    'an issuer that is no URL',
    { ...good, OAUTH_ISSUER: 'issuer' },
    /^OAUTH_ISSUER/,
  ],
  [
    'an issuer whose name begins like this machine',
    { ...good, OAUTH_ISSUER: 'http://localhost.example' },
    /^OAUTH_ISSUER/,
  ],
  [
    'an issuer in plain that is named as containers are',
    { ...good, OAUTH_ISSUER: 'http://issuer:8080' },
    /^OAUTH_ISSUER/,
  ],
  ...[
    'https://issuer.example\r',
    'https://issuer.example/ ',
    'https://issuer.example?x',
    'https://issuer.example/#x',
    'https://x@issuer.example',
    'http://localhost:x@evil.example',
    'http://localhost@evil.example',
    'http://127.0.0.1.evil.example',
    'https:issuer.example',
    'https://',
    'https://[::1',
  ].map(
    (OAUTH_ISSUER): Mistake => [
      `${JSON.stringify(OAUTH_ISSUER)} for an issuer`,
      { ...good, OAUTH_ISSUER },
      /^OAUTH_ISSUER/,
    ],
  ),
  [
    'an age that is no number',
    { ...issuer, OAUTH_MAX_AGE: 'long' },
    /^OAUTH_MAX_AGE/,
  ],
  ['a negative age', { ...issuer, OAUTH_MAX_AGE: '-1' }, /^OAUTH_MAX_AGE/],
  [
    'a client without a secret',
    { ...issuer, OAUTH_CLIENT_ID: 'office' },
    /OAUTH_CLIENT_SECRET_FILE/,
  ],
  [
    'a secret without a client',
    { ...issuer, OAUTH_CLIENT_SECRET_FILE: secret },
    /OAUTH_CLIENT_ID/,
  ],
  [
    'a client secret that others may read',
    {
      ...issuer,
      OAUTH_CLIENT_ID: 'office',
      OAUTH_CLIENT_SECRET_FILE: file('open.secret', 'plain-demo-secret', 0o644),
    },
    /^OAUTH_CLIENT_SECRET_FILE/,
  ],
  [
    'an empty client secret',
    {
      ...issuer,
      OAUTH_CLIENT_ID: 'office',
      OAUTH_CLIENT_SECRET_FILE: file('empty.secret', '\n'),
    },
    /^OAUTH_CLIENT_SECRET_FILE/,
  ],
]

describe('a configuration with', () => {
  test.each(mistakes)(
    '%s is refused in one sentence that names the variable and no content',
    (_what, env, names) => {
      let message = ''
      try {
        read(env)
      } catch (error) {
        message = (error as Error).message
      }
      expect(message).toMatch(/^[^\n]+\.$/)
      expect(message).toMatch(names)
      expect(message).not.toMatch(/plain-demo-secret|PRIVATE KEY/)
    },
  )

  test.each<[string, NodeJS.ProcessEnv]>([
    ['an issuer alone', issuer],
    [
      'an issuer on this machine',
      { ...good, OAUTH_ISSUER: 'http://127.0.0.1:9/' },
    ],
    ...[
      'https://issuer.example/',
      'https://issuer.example/realms/a@b',
      'https://issuer.example:8443/x',
      'http://localhost',
      'http://[::1]:9/x',
    ].map((OAUTH_ISSUER): [string, NodeJS.ProcessEnv] => [
      `the issuer ${OAUTH_ISSUER}`,
      { ...good, OAUTH_ISSUER },
    ]),
    [
      'whatever is empty',
      {
        ...issuer,
        PUBLIC_URL: '',
        ALLOWED_ORIGINS: '',
        TRUSTED_PROXY: '',
        GUESSES_PER_MINUTE: '',
        MCP_TOKENS: '',
        MCP_TOKENS_FILE: '',
        OAUTH_AUDIENCE: '',
        OAUTH_MAX_AGE: '',
        OAUTH_TOKEN_TYP: '',
        OAUTH_CLIENT_ID: '',
        OAUTH_CLIENT_SECRET_FILE: '',
      },
    ],
    [
      'a pair as Windows writes it',
      {
        ...issuer,
        TLS_KEY_FILE: file('key.crlf', `\uFEFF${key.replace(/\n/g, '\r\n')}`),
        TLS_CERT_FILE: file('cert.crlf', `\uFEFF${cert}`, 0o644),
      },
    ],
    [
      'a chain that begins with its own',
      {
        ...issuer,
        TLS_CERT_FILE: file('whole.pem', `${cert}\n${foreign}`, 0o644),
      },
    ],
    [
      'a proxy before it',
      {
        OAUTH_ISSUER: issuer.OAUTH_ISSUER,
        TRUSTED_PROXY: '127.0.0.1, ::1 10.0.0.0/8',
      },
    ],
    [
      'two origins',
      { ...issuer, ALLOWED_ORIGINS: 'https://a.example,http://localhost:8080' },
    ],
    [
      'a client that asks',
      {
        ...issuer,
        OAUTH_CLIENT_ID: 'office',
        OAUTH_CLIENT_SECRET_FILE: secret,
      },
    ],
  ])('%s is taken', (_what, env) => {
    expect(() => read(env)).not.toThrow()
  })
})

describe('of what is set', () => {
  const settings = ['OAUTH_AUDIENCE', 'PUBLIC_URL', 'TRUSTED_PROXY'] as const
  test.each(settings)('%s has no blanks around it', (name) => {
    const { argv } = process
    process.argv = argv.slice(0, 2)
    try {
      for (const text of [' ', 'https://a.example ', '\thttps://a.example']) {
        process.env[name] = text
        expect(loadEnv).toThrow(new RegExp(`^${name} [^\\n]+\\.$`))
      }
      process.env[name] = ''
      expect(loadEnv).not.toThrow()
    } finally {
      delete process.env[name]
      process.argv = argv
    }
  })
})

describe('a start with', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ['an address of a network and no name', { HOST: '0.0.0.0' }, /^HOST/],
    [
      'plain HTTP to a network',
      {
        HOST: '0.0.0.0',
        PUBLIC_URL: 'https://a.example/mcp',
        TLS_KEY_FILE: '',
        TLS_CERT_FILE: '',
        TRUSTED_PROXY: '127.0.0.1',
      },
      /^HOST/,
    ],
    ['a mistake in what it reads', { OAUTH_MAX_AGE: 'long' }, /^OAUTH_MAX_AGE/],
  ])(
    '%s ends with exit status 1 and prints no URL',
    async (_what, env, names) => {
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', 'src/main.ts'],
        {
          cwd: fileURLToPath(new URL('..', import.meta.url)),
          env: {
            ...process.env,
            ...issuer,
            PORT: '3003',
            OFFICE_DIR: home,
            ...env,
          },
          // A server that starts after all must not outlive its test.
          timeout: 15_000,
        },
      )
      const output = { stdout: '', stderr: '' }
      child.stdout.on('data', (text) => {
        output.stdout += text
        child.kill()
      })
      child.stderr.on('data', (text) => {
        output.stderr += text
      })
      const [code] = await once(child, 'close')
      expect({ code, stdout: output.stdout }).toEqual({ code: 1, stdout: '' })
      expect(output.stderr).toMatch(/^[^\n]+\.\n$/)
      expect(output.stderr).toMatch(names)
    },
  )
})

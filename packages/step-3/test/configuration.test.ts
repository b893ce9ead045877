import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { generate } from 'selfsigned'
import { afterAll, describe, expect, test } from 'vitest'
import { readEdge } from '../src/edge.ts'
import { openTokens } from '../src/env.ts'
import { openOAuth } from '../src/oauth.ts'
import { createTlsServer } from '../src/tls.ts'

const home = mkdtempSync(join(tmpdir(), 'guard-up-step-3-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** A file as an operator might have left it. */
function file(name: string, text: string, mode = 0o600): string {
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
const secret = file('client.secret', 'plain-demo-secret\n')

/** Reads the whole configuration in the order in which a start does. */
function read(env: NodeJS.ProcessEnv): void {
  const edge = readEdge(env, Number(env.PORT ?? 3003))
  openTokens(env)
  openOAuth(env, edge.publicUrl)
  createTlsServer(env, express()).close()
}

const issuer = { ...good, OAUTH_ISSUER: 'https://issuer.example' }

const mistakes: [what: string, env: NodeJS.ProcessEnv, names: RegExp][] = [
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
    /^TLS_KEY_FILE .*chmod 600/,
  ],
  [
    'a certificate that is not there',
    { ...issuer, TLS_CERT_FILE: join(home, 'nowhere.pem') },
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

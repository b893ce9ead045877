import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, get } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, test } from 'vitest'
import wrap from 'wrap-ansi'
import { createPair, writePair } from '../bin/pair.ts'

const home = mkdtempSync(join(tmpdir(), 'guard-up-certs-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const command = fileURLToPath(new URL('../bin/certs.ts', import.meta.url))
const tsx = import.meta.resolve('tsx')

/** Runs the command in a folder, in English unless the locale says else. */
async function certs(cwd: string, args: string[] = [], locale = 'C') {
  const child = spawn(process.execPath, ['--import', tsx, command, ...args], {
    cwd,
    env: { ...process.env, LC_ALL: locale },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const [code] = await once(child, 'close')
  return { code, stdout, stderr }
}

let count = 0
/** A folder of its own, so that tests run side by side. */
function scratch(): string {
  count += 1
  const folder = join(home, `${count}`)
  mkdirSync(folder)
  return folder
}

const read = (folder: string, name: string) =>
  readFileSync(join(folder, 'certs', name), 'utf8')

const certificate = (folder: string, name = 'cert.pem') =>
  new X509Certificate(read(folder, name))

const days = (folder: string) =>
  (Date.parse(certificate(folder).validTo) - Date.now()) / 86_400_000

describe.concurrent('pnpm certs', () => {
  test('a client that trusts the authority, and no other, connects by every name', async ({
    expect,
  }) => {
    const folder = scratch()
    await certs(folder, ['--host', 'box.test'])
    const server = createServer(
      { key: read(folder, 'key.pem'), cert: read(folder, 'cert.pem') },
      (_req, res) => res.end('ok'),
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const visit = (servername: string, ca?: string) =>
      new Promise<string>((resolve) => {
        const options = { port, host: '127.0.0.1', servername, ca }
        get({ ...options, agent: false }, (res) => {
          res.resume()
          resolve(`${res.statusCode}`)
        }).on('error', (error: NodeJS.ErrnoException) =>
          resolve(`${error.code}`),
        )
      })
    const ca = read(folder, 'ca.pem')
    expect(await visit('localhost', ca)).toBe('200')
    expect(await visit('', ca)).toBe('200')
    expect(await visit('box.test', ca)).toBe('200')
    expect(await visit('evil.test', ca)).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
    expect(await visit('localhost')).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    server.close()
  })

  test('the authority signs for servers only, by P-256 and SHA-256', async ({
    expect,
  }) => {
    const folder = scratch()
    await certs(folder)
    const [ca, cert] = [certificate(folder, 'ca.pem'), certificate(folder)]
    expect(ca.ca).toBe(true)
    expect(cert.ca).toBe(false)
    expect(cert.checkIssued(ca)).toBe(true)
    expect(cert.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
    expect(cert.subjectAltName).toBe(
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    )
    expect(cert.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect(Math.round(days(folder))).toBe(365)
  })

  test('the key is for its owner only, and no key of the authority is left', async ({
    expect,
  }) => {
    const folder = scratch()
    await certs(folder)
    const names = readdirSync(join(folder, 'certs')).sort()
    expect(names).toEqual(['ca.pem', 'cert.pem', 'key.pem'])
    expect(read(folder, 'ca.pem')).not.toContain('PRIVATE')
    expect(read(folder, 'cert.pem')).not.toContain('PRIVATE')
    if (process.platform === 'win32') return
    expect(statSync(join(folder, 'certs/key.pem')).mode & 0o777).toBe(0o600)
  })

  test('a second run changes nothing', async ({ expect }) => {
    const folder = scratch()
    await certs(folder)
    const before = read(folder, 'cert.pem')
    const { code, stdout } = await certs(folder)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^certs\/cert\.pem is good for 36\d days/)
    expect(read(folder, 'cert.pem')).toBe(before)
  })

  test('a name that a good certificate lacks is refused without --force', async ({
    expect,
  }) => {
    const folder = scratch()
    await certs(folder)
    const before = read(folder, 'cert.pem')
    const refused = await certs(folder, ['--host', 'box.test'])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('box.test')
    expect(read(folder, 'cert.pem')).toBe(before)
    const forced = await certs(folder, ['--host', 'box.test', '--force'])
    expect(forced.code).toBe(0)
    expect(certificate(folder).subjectAltName).toContain('DNS:box.test')
  })

  test('a certificate in its last 30 days is told, and made anew for the same names', async ({
    expect,
  }) => {
    const folder = scratch()
    await certs(folder, ['--days', '20', '--host', 'box.test'])
    const checked = await certs(folder, ['--check'])
    expect(checked).toMatchObject({ code: 1, stdout: '' })
    expect(checked.stderr).toMatch(/ends in (19|20) days/)
    const { code, stdout, stderr } = await certs(folder)
    expect(code).toBe(0)
    expect(stderr).toMatch(/ends in (19|20) days/)
    expect(stdout).toContain('The authority is a new one')
    expect(certificate(folder).subjectAltName).toContain('DNS:box.test')
    expect(Math.round(days(folder))).toBe(365)
    expect(await certs(folder, ['--check'])).toMatchObject({ code: 0 })
  })

  test('a certificate that has ended is told, and made anew', async ({
    expect,
  }) => {
    const folder = scratch()
    const ended = await createPair(['localhost'], -0.01)
    await writePair(join(folder, 'certs'), ended)
    const { code, stderr } = await certs(folder)
    expect(code).toBe(0)
    expect(stderr).toContain('certs/cert.pem has ended on 20')
    expect(Math.round(days(folder))).toBe(365)
  })

  test('files that it did not make are kept without --force', async ({
    expect,
  }) => {
    const folder = scratch()
    mkdirSync(join(folder, 'certs'))
    writeFileSync(join(folder, 'certs/key.pem'), 'somebody needs this')
    const { code, stderr } = await certs(folder)
    expect(code).toBe(1)
    expect(stderr).toContain('--force')
    expect(stderr).not.toContain('somebody')
    expect(read(folder, 'key.pem')).toBe('somebody needs this')
  })

  test.for([
    ['--host', '*.test'],
    ['--host', 'a b'],
    ['--days', '0'],
    ['--days', '3650'],
    ['--days', 'many'],
    ['--lang', 'fr'],
    ['--colour', 'red'],
  ])('%s %s is refused, and nothing is written', async (args, { expect }) => {
    const folder = scratch()
    const { code, stdout, stderr } = await certs(folder, args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(args[0])
    expect(readdirSync(folder)).toEqual([])
  })

  test.for([
    ['C', [], 'How clients come to trust it'],
    ['ja_JP.UTF-8', [], 'クライアントに信頼させるには'],
    ['C', ['--lang', 'ja'], 'クライアントに信頼させるには'],
    ['ja_JP.UTF-8', ['--lang', 'en'], 'How clients come to trust it'],
  ] as const)(
    'with locale %s and %j it speaks one language, no wider than 80 columns',
    async ([locale, args, sentence], { expect }) => {
      const folder = scratch()
      const { stdout } = await certs(folder, [...args], locale)
      expect(stdout).toContain(sentence)
      for (const line of stdout.split('\n')) {
        expect(wrap(line, 80, { hard: true, trim: false })).toBe(line)
      }
    },
  )
})

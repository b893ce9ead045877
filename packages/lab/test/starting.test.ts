import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer, get } from 'node:https'
import { type AddressInfo, createServer as createSocket } from 'node:net'
import { join } from 'node:path'
import { createSubject } from 'guardcheck'
import { expect, onTestFinished, test, vi } from 'vitest'
import { scopesSupported } from '../../step-3/src/scopes.ts'
import { startIssuer } from '../src/issuer.ts'
import { openPair, sharedPair } from '../src/pair.ts'
import { findPort } from '../src/port.ts'
import { issuerFolder, startServer, stepFolder } from '../src/step.ts'
import { openStock } from '../src/stock.ts'
import { startSubject } from '../src/subject.ts'
import { createSecret, openKeyCommand, scopes } from '../src/tokens.ts'
import { openFolder, openWhole } from '../src/whole.ts'
import { openRoom } from './room.ts'

/** A folder that is gone after the test. */
async function createFolder(): Promise<string> {
  const { folder, stop } = await openWhole(async (defer) => ({
    folder: await openFolder('test', defer),
  }))
  onTestFinished(stop)
  return folder
}

/** The variables that the sources in a folder read. */
const readNames = (folder: string) =>
  readdirSync(join(folder, 'src')).flatMap((file) => {
    const source = readFileSync(join(folder, 'src', file), 'utf8')
    return [...source.matchAll(/(?:\benv\.|')([A-Z]+(?:_[A-Z]+)+|HOST)\b/g)]
  })

test('no server finds what a shell exports for another one', async () => {
  const folders = [...[0, 1, 2, 3].map(stepFolder), issuerFolder]
  const all = folders.flatMap(readNames).map(([, name]) => `${name}`)
  const names = [...new Set(all)].filter((name) => !name.startsWith('LC_'))
  expect(names).toEqual(expect.arrayContaining(['HOST', 'TLS_KEY_FILE']))
  for (const name of names) vi.stubEnv(name, 'of another server')
  onTestFinished(() => void vi.unstubAllEnvs())
  const { write } = openRoom()
  const folder = write({
    'src/main.ts':
      'console.log(JSON.stringify(process.env)); console.log("http://127.0.0.1:9")',
  })
  const env = { OFFICE_DIR: 'its own' }
  const { output, stop } = await startServer(folder, env)
  await stop()
  expect(output()).toContain('"OFFICE_DIR":"its own"')
  expect(output()).not.toContain('of another server')
})

test.each([1, 2, 3])(
  'the secrets of step %i open it, and no other does',
  async (step) => {
    const { options, stop } = await startSubject(stepFolder(step))
    onTestFinished(stop)
    const subject = createSubject(options)
    const { token, secondToken = token, deadTokens = [] } = options
    const others = [createSecret(), ...deadTokens]
    const statuses = [token, secondToken, ...others].map(
      async (secret) => (await subject.send({ secret })).status,
    )
    const refused = others.map(() => 401)
    expect(await Promise.all(statuses)).toEqual([200, 200, ...refused])
  },
)

test('a token that is minted may do all that step 3 has a scope for', async () => {
  const file = join(await createFolder(), 'tokens.json')
  expect(scopes).toEqual(scopesSupported)
  const [secret] =
    (await openKeyCommand(stepFolder(3), file)?.mint(['desk'])) ?? []
  expect(secret).toMatch(/^gup_/)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject([
    { name: 'desk', scopes },
  ])
})

test.each(['first', 'second'])(
  'at the %s issuer of a process, both people sign in, and it ends with its state',
  async () => {
    const { listLeft } = openRoom()
    const pair = await sharedPair()
    const resource = 'https://localhost:3003/mcp'
    const issuer = await startIssuer({ pair, resource })
    const given = [
      await issuer.obtain('alice', scopes, resource),
      await issuer.obtain('bob', ['documents:read'], resource),
    ]
    expect(given.map(({ access }) => typeof access)).toEqual([
      'string',
      'string',
    ])
    await issuer.stop()
    await expect.poll(listLeft).toEqual([])
  },
)

test('a pair is trusted by both names of loopback, and its key is its owner’s', async () => {
  const { key, cert, keyFile, stop } = await openPair()
  onTestFinished(stop)
  expect(statSync(keyFile).mode & 0o777).toBe(0o600)
  const server = createServer({ key, cert }, (_req, res) => void res.end())
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  for (const host of ['localhost', '127.0.0.1']) {
    const asked = get({ host, port, ca: cert, agent: false })
    const [answer] = await once(asked, 'response')
    expect(answer.resume().statusCode).toBe(200)
  }
})

test('ports that are found one after another are free, and none comes twice', async () => {
  const ports = []
  for (let found = 0; found < 50; found += 1) ports.push(await findPort())
  expect(new Set(ports).size).toBe(50)
  for (const port of ports) {
    const server = createSocket().listen(port, '127.0.0.1')
    await once(server, 'listening')
    server.close()
  }
})

test('the stock API keeps what it is sent, whole', async () => {
  const { upstream, env, stop } = await openStock(await createFolder())
  onTestFinished(stop)
  await fetch(`${env.OFFICE_STOCK_URL}/stock`, { headers: { 'X-Who': 'me' } })
  const [received] = upstream.received()
  expect(received).toMatch(/^GET \/stock\n/)
  expect(received?.toLowerCase()).toContain('x-who\nme')
})

// What lies in `deploy`: as its published schemas want it, and as far as it
// can be run without a cluster.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:https'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  createKeys,
  createSecret,
  findPort,
  proxies,
  runProxy,
  sharedPair,
  startServer,
  stepFolder,
  whyNoProxy,
} from '@guard-up/lab'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { afterAll, describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { listCommitted, takenAlong } from '../context.ts'
import { whyMissing } from '../missing.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../../', import.meta.url))
const folder = join(root, 'deploy')
const schemas = join(folder, 'schemas')
const pnpm = ['--prefer-offline', '-y', 'pnpm@12.21.0']

const missing = await whyMissing(
  'What judges the manifests',
  run('npx', [...pnpm, '--dir', schemas, 'install', '--frozen-lockfile'], {
    cwd: schemas,
    timeout: 200_000,
  }),
)

const pair = await sharedPair()
const home = mkdtempSync(join(tmpdir(), 'guard-up-deploy-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

interface Manifest {
  apiVersion: string
  kind: string
}

/** Every manifest, by the file that it stands in. */
const manifests = readdirSync(join(folder, 'kubernetes')).map((name) => {
  const text = readFileSync(join(folder, 'kubernetes', name), 'utf8')
  const [document, ...others] = parseAllDocuments(text)
  if (!document || others.length > 0) throw new Error(`${name} is not one.`)
  return { name, manifest: document.toJS() as Manifest }
})

/** What the types of Kubernetes and its schemas say against a manifest. */
async function judge(manifest: Manifest): Promise<string> {
  const { apiVersion, kind } = manifest
  const place = mkdtempSync(join(home, 'types-'))
  symlinkSync(join(schemas, 'node_modules'), join(place, 'node_modules'))
  const isOfGateway = apiVersion.startsWith('gateway.')
  const family = isOfGateway
    ? '@kubernetes-models/gateway-api'
    : 'kubernetes-models'
  const module = `${family}/${apiVersion}`
  writeFileSync(
    join(place, 'manifest.ts'),
    `import { ${kind}, type I${kind} } from '${module}'\n` +
      `const manifest: I${kind} = ${JSON.stringify(manifest, null, 2)}\n` +
      `new ${kind}(manifest).validate()\n`,
  )
  const options = {
    compilerOptions: { module: 'NodeNext', strict: true, skipLibCheck: true },
  }
  writeFileSync(join(place, 'tsconfig.json'), JSON.stringify(options))
  writeFileSync(join(place, 'package.json'), '{"type":"module"}')
  const require = createRequire(import.meta.url)
  const tsc = join(require.resolve('typescript/package.json'), '../bin/tsc')
  const said = ({ stdout, stderr }: { stdout: string; stderr: string }) =>
    stdout + stderr
  return run(process.execPath, [tsc, '-p', place]).then(
    () =>
      run(process.execPath, ['manifest.js'], { cwd: place }).then(said, said),
    said,
  )
}

describe.skipIf(missing)('the manifests for Kubernetes', () => {
  test('are of each kind that is promised', () => {
    expect(manifests.map(({ manifest }) => manifest.kind).sort()).toEqual([
      'BackendTLSPolicy',
      'Deployment',
      'Gateway',
      'HTTPRoute',
      'NetworkPolicy',
      'Secret',
      'Service',
    ])
  })

  test.concurrent.each(manifests)('$name is as its schema says', async (it) => {
    expect(await judge(it.manifest)).toBe('')
  })

  test.concurrent('a field that is not known is noticed', async () => {
    const { manifest } = find('Deployment')
    const spec = { ...Object(manifest).spec, replica: 3 }
    expect(await judge({ ...manifest, ...{ spec } })).toContain('replica')
  })

  test.concurrent.each([
    ['Deployment', 'selector'],
    ['Gateway', 'gatewayClassName'],
    ['BackendTLSPolicy', 'validation'],
  ])('a field of a %s that is missing is noticed', async (kind, field) => {
    const { manifest } = find(kind)
    const { [field]: _, ...spec } = Object(manifest).spec
    expect(await judge({ ...manifest, ...{ spec } })).toContain(field)
  })

  test('name each other as they are named', () => {
    const specOf = (kind: string) => Object(find(kind).manifest).spec
    const gateway = specOf('Gateway')
    const route = specOf('HTTPRoute')
    const [listener] = gateway.listeners
    const [port] = specOf('Service').ports
    const [pod] = specOf('Deployment').template.spec.containers[0].ports
    expect(route.parentRefs).toEqual([
      { name: 'office', sectionName: listener.name },
    ])
    expect(route.hostnames).toEqual([listener.hostname])
    expect(route.rules[0].backendRefs).toEqual([
      { name: 'office', port: port.port },
    ])
    expect(port.targetPort).toBe(pod.name)
    const [target] = specOf('BackendTLSPolicy').targetRefs
    expect(target).toMatchObject({ name: 'office', sectionName: port.name })
    const env = specOf('Deployment').template.spec.containers[0].env
    expect(env).toContainEqual({
      name: 'PUBLIC_URL',
      value: `https://${listener.hostname}/mcp`,
    })
  })

  test('let nothing in over plain HTTP', () => {
    const { listeners } = Object(find('Gateway').manifest).spec
    expect(listeners.map((it: { protocol: string }) => it.protocol)).toEqual([
      'HTTPS',
    ])
    const [{ filters }] = Object(find('HTTPRoute').manifest).spec.rules
    expect(filters[0].requestHeaderModifier.set).toEqual([
      { name: 'X-Forwarded-Proto', value: 'https' },
    ])
  })
})

const find = (kind: string) => {
  const found = manifests.find(({ manifest }) => manifest.kind === kind)
  if (!found) throw new Error(`There is no ${kind}.`)
  return found
}

describe.skipIf(missing)('the file for Compose', () => {
  const text = readFileSync(join(folder, 'compose.yaml'), 'utf8')
  const read = () => {
    const {
      'x-office': _,
      'x-environment': __,
      ...it
    } = parse(text, {
      merge: true,
    })
    return it
  }
  const place =
    'schemastore/schemas/json/raw.githubusercontent.com/compose-spec/' +
    'compose-spec/master/schema/compose-spec.json'
  const validate = () => {
    const file = join(schemas, 'node_modules', place)
    // Its ids are of an older draft than the one that it names.
    const { $schema: _, ...schema } = JSON.parse(
      readFileSync(file, 'utf8'),
      (key, value) =>
        key === 'id' && typeof value === 'string' ? undefined : value,
    )
    const ajv = new Ajv2019({ strict: false, validateFormats: false })
    return ajv.compile(schema)
  }

  test('is as its schema says', () => {
    const check = validate()
    check(read())
    expect(check.errors).toBe(null)
  })

  test('a field that is not known is noticed', () => {
    const check = validate()
    const it = read()
    it.services.caddy.port = it.services.caddy.ports
    expect(check(it)).toBe(false)
  })

  test('names no file that is not there or made by its first lines', () => {
    const sources = Object.values<{ volumes?: string[] }>(read().services)
      .flatMap(({ volumes = [] }) => volumes)
      .map((volume) => volume.split(':')[0] ?? '')
    const made = [
      './secrets',
      ...['ca', 'cert', 'key'].map((it) => `../certs/${it}.pem`),
    ]
    const there = readdirSync(folder).map((it) => `./${it}`)
    expect(sources.filter((it) => ![...made, ...there].includes(it))).toEqual(
      [],
    )
  })
})

/** The status of an answer, 0 where none came. */
const ask = (url: string, headers = {}, body?: string): Promise<number> =>
  new Promise((resolve) => {
    const method = body ? 'POST' : 'GET'
    const options = { method, headers, agent: false, ca: pair.cert }
    request(url, { ...options, servername: '' }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0))
    })
      .on('error', () => resolve(0))
      .end(body)
  })

const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
const headersFor = (secret: string, host: string) => ({
  Host: host,
  Authorization: `Bearer ${secret}`,
  Accept: 'application/json, text/event-stream',
  'Content-Type': 'application/json',
})

/** Lays files as the kubelet does, which swaps the folder behind a link. */
function mount(folder: string, files: Record<string, string>, mode: number) {
  const version = mkdtempSync(join(folder, '..one-'))
  chmodSync(version, 0o755)
  for (const [name, text] of Object.entries(files)) {
    const file = join(version, name)
    writeFileSync(file, text)
    chmodSync(file, mode)
    if (isRoot) chownSync(file, 0, pod)
    if (!existsSync(join(folder, name))) {
      symlinkSync(`..data/${name}`, join(folder, name))
    }
  }
  symlinkSync(version, join(folder, '..next'))
  renameSync(join(folder, '..next'), join(folder, '..data'))
}

/** User and group of the pod; only root can keep a file for another. */
const pod = 1000
const isRoot = process.getuid?.() === 0

// Windows has no such modes of files.
test.skipIf(process.platform === 'win32')(
  'the server of the Deployment starts, and follows the Secret',
  async () => {
    const { spec } = Object(find('Deployment').manifest).spec.template
    const { runAsUser, runAsGroup, fsGroup } = spec.securityContext
    expect([runAsUser, runAsGroup, fsGroup]).toEqual([pod, pod, pod])
    const [container] = spec.containers
    const [volume] = spec.volumes
    // What is ours is not for a group; root may let one read.
    const mode = isRoot ? volume.projected.defaultMode : 0o400

    const shared = mkdtempSync(join(tmpdir(), 'guard-up-pod-'))
    chmodSync(shared, 0o755)
    const [secrets, office] = ['secrets', 'office'].map((name) => {
      const folder = join(shared, name)
      mkdirSync(folder)
      if (isRoot && name === 'office') chownSync(folder, pod, pod)
      return folder
    })
    if (!secrets || !office) throw new Error('There are no folders.')
    const { 'tokens.json': tokens } = Object(find('Secret').manifest).stringData
    const certificate = { 'tls.crt': pair.cert, 'tls.key': pair.key }
    mount(secrets, { ...certificate, 'tokens.json': tokens }, mode)

    const port = await findPort()
    const env = Object.fromEntries(
      container.env.map((it: { name: string; value: string }) => [
        it.name,
        it.value.replace('/secrets', secrets),
      ]),
    )
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
      cwd: stepFolder(3),
      env: {
        PATH: process.env.PATH,
        ...env,
        // Other machines have no business here.
        HOST: '127.0.0.1',
        PORT: `${port}`,
        OFFICE_DIR: office,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(isRoot && { uid: runAsUser, gid: runAsGroup }),
    })
    try {
      const [printed = ''] = await Promise.race([
        once(child.stdout, 'data'),
        once(child, 'exit').then(() => []),
      ])
      expect(`${printed}`.trim()).toBe(env.PUBLIC_URL)
      const url = `https://127.0.0.1:${port}`
      expect(await ask(`${url}/healthz`)).toBe(200)
      const secret = createSecret()
      const { host } = new URL(env.PUBLIC_URL)
      const knows = () => ask(`${url}/mcp`, headersFor(secret, host), ping)
      expect(await knows()).toBe(401)
      const keys = createKeys(join(shared, 'tokens.json'))
      const next = keys.format([{ name: 'desk', secret }])
      mount(secrets, { ...certificate, 'tokens.json': next }, mode)
      const end = Date.now() + 5_000
      while ((await knows()) !== 200 && Date.now() < end) await setTimeout(200)
      expect(await knows()).toBe(200)
    } finally {
      child.kill('SIGKILL')
      rmSync(shared, { recursive: true, force: true })
    }
  },
)

const caddy = proxies.find(({ name }) => name === 'caddy')
const noCaddy = caddy ? whyNoProxy(caddy) : 'There is no Caddy.'
if (noCaddy) console.warn(`Skipped: ${noCaddy}`)

test.skipIf(noCaddy)(
  'Caddy of the Compose file asks the replica that is there',
  async () => {
    if (!caddy) return
    const [front, id, to] = [
      await findPort(),
      await findPort(),
      await findPort(),
    ]
    const gone = [await findPort(), await findPort()]
    const keys = createKeys(join(home, 'caddy.json'))
    const secret = createSecret()
    await keys.replace(keys.format([{ name: 'desk', secret }]))
    const replica = await startServer(
      stepFolder(3),
      {
        PORT: `${to}`,
        PUBLIC_URL: `https://127.0.0.1:${front}/mcp`,
        TRUSTED_PROXY: '127.0.0.1',
        MCP_TOKENS_FILE: keys.file,
        OFFICE_DIR: join(home, 'office-caddy'),
      },
      new URL(`http://127.0.0.1:${to}/mcp`),
    )
    const text = readFileSync(join(folder, 'Caddyfile'), 'utf8')
      // Loopback only: in a container the ports are its own.
      .replaceAll('\ttls cert.pem', '\tbind 127.0.0.1\n\ttls cert.pem')
      .replace(':8443', `:${front}`)
      .replace(':9443', `:${id}`)
      .replace(':3011', `:${gone[0]}`)
      .replace(':3012', `:${gone[1]}`)
      .replace(':3013', `:${to}`)
    const stop = await runProxy(caddy, text, home, pair, front)
    try {
      const url = `https://127.0.0.1:${front}/mcp`
      const headers = headersFor(secret, `127.0.0.1:${front}`)
      const end = Date.now() + 10_000
      let statuses: number[]
      // Until it has looked at each, it takes all of them for healthy.
      do {
        statuses = []
        for (const _ of [1, 2, 3, 4, 5, 6]) {
          statuses.push(await ask(url, headers, ping))
        }
      } while (statuses.some((it) => it !== 200) && Date.now() < end)
      expect(statuses).toEqual([200, 200, 200, 200, 200, 200])
    } finally {
      await stop()
      await replica.stop()
    }
  },
)

test('what the Dockerfile takes along is a server that starts', async () => {
  const text = readFileSync(join(folder, 'Dockerfile'), 'utf8')
  const [, line = ''] = /^RUN npx -y (.*)$/m.exec(text) ?? []
  const server = join(home, 'server')
  const context = join(home, 'context')
  for (const path of takenAlong(listCommitted())) {
    cpSync(join(root, path), join(context, path))
  }
  const args = line.replace('/server', server).split(' ')
  await run('npx', ['--prefer-offline', '-y', ...args], { cwd: context })
  const [, command = '[]'] = /^CMD (.*)$/m.exec(text) ?? []
  const [, ...rest] = JSON.parse(command) as string[]
  const child = spawn(process.execPath, rest, {
    cwd: server,
    env: {
      ...process.env,
      PORT: `${await findPort()}`,
      PUBLIC_URL: 'https://mcp.example.com/mcp',
      TLS_KEY_FILE: pair.keyFile,
      TLS_CERT_FILE: pair.certFile,
      OAUTH_ISSUER: 'https://id.example.com',
      OFFICE_DIR: join(home, 'office-image'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [printed = ''] = await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => []),
  ])
  child.kill('SIGKILL')
  expect(`${printed}`.trim()).toBe('https://mcp.example.com/mcp')
})

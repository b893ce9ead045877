import { mkdirSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Request, Response } from 'express'
import { createApp } from './app.ts'
import { log } from './audit.ts'
import { readClients, seedClients } from './clients.ts'
import { auditProvider } from './events.ts'
import { createInteraction } from './interaction.ts'
import { openKeys, publishedKeys, rotateKeys } from './keys.ts'
import { languageOf } from './language.ts'
import { errorPage } from './pages.ts'
import { People, seedPeople } from './people.ts'
import { createProvider } from './provider.ts'
import { type Settings, urlOf } from './settings.ts'
import { Store } from './store.ts'
import { Devices } from './throttle.ts'
import { Waiting } from './waiting.ts'

/**
 * Milliseconds in which a refresh may be repeated. A token that is no JWT is
 * introspected when it is used, which ends this; the use of a JWT is not seen.
 */
const refreshGrace = 10_000

/**
 * Serves until SIGTERM or SIGINT, then lets requests in flight finish.
 * @throws {Error} for what keeps it from starting, in one sentence
 */
export async function serve(settings: Settings): Promise<void> {
  const { folder, resources, peopleFile } = settings
  let listener: RequestListener = (_req, res) => res.writeHead(503).end()
  const server = createTlsServer(settings, (req, res) => listener(req, res))
  makeFolder(folder)
  await seedClients(folder)
  if (settings.seedsPeople) await seedPeople(peopleFile)
  readClients(folder, resources)
  const people = new People(peopleFile)
  let keys = await openKeys(folder)
  const grace = settings.tokenFormat === 'opaque' ? refreshGrace : 0
  const store = new Store(join(folder, 'store'), grace)
  const waiting = new Waiting(store)

  await listen(server, settings)
  const { port } = server.address() as AddressInfo
  const issuer = settings.issuer ?? urlOf(port)

  const build = () => {
    const made = createProvider({
      settings: { ...settings, issuer },
      store,
      people,
      keys,
      renderError: (ctx, { error, error_description }) => {
        // The library was given Express's own.
        const language = languageOf(ctx.req as Request, ctx.res as Response)
        ctx.type = 'html'
        ctx.body = errorPage(language, error, error_description)
      },
    })
    auditProvider(made)
    waiting.watch(made)
    const kids = publishedKeys(keys).map(({ kid }) => kid)
    return { made, callback: made.callback(), kids }
  }
  let provider = build()
  const sweeper = setInterval(() => {
    store.sweep().catch(report('store'))
    // A key whose overlap is over is no longer published.
    if (publishedKeys(keys).length < provider.kids.length) provider = build()
  }, 60_000)
  listener = createApp({
    issuer,
    registration: settings.registration,
    interaction: createInteraction({
      provider: () => provider.made,
      store,
      people,
      devices: new Devices(keys.cookies[0] ?? ''),
    }),
    provider: () => provider.callback,
  })

  const rotate = async () => {
    keys = await rotateKeys(folder)
    provider = build()
    log.info({ event: 'keys', result: 'rotated' })
  }
  process.on('SIGHUP', oneAtATime(rotate, report('keys')))
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => server.close())
  }
  server.once('close', () => {
    clearInterval(sweeper)
    store.close().catch(report('store'))
  })
  console.log(issuer)
}

/**
 * Each call is followed by a run that begins after it, and no two run at once:
 * calls while one waits are served by that one.
 */
function oneAtATime(
  run: () => Promise<void>,
  fail: (error: Error) => void,
): () => void {
  let last = Promise.resolve()
  let waits = false
  return () => {
    if (waits) return
    waits = true
    last = last
      .then(() => {
        waits = false
        return run()
      })
      .catch(fail)
  }
}

const report = (event: string) => (error: Error) =>
  log.error({ event, result: 'failed', why: error.message })

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch {
    throw new Error('ISSUER_DIR names no folder that can be made.')
  }
}

function createTlsServer(
  { key, cert }: Settings,
  listener: RequestListener,
): Server {
  try {
    const server = createServer(
      {
        key,
        cert,
        minVersion: 'TLSv1.2',
        handshakeTimeout: 10_000,
        headersTimeout: 10_000,
        requestTimeout: 10_000,
        connectionsCheckingInterval: 1_000,
      },
      listener,
    )
    // Whether to go on is said by the edge, not before it.
    return server.on('checkContinue', listener)
  } catch {
    throw new Error('TLS_KEY_FILE and TLS_CERT_FILE hold no PEM pair.')
  }
}

async function listen(server: Server, { port, host }: Settings) {
  server.maxConnections = 1_000
  // Node would drop lines past a count and still frame by them; their size is
  // bounded anyway.
  server.maxHeadersCount = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      reject(new Error(`PORT on HOST cannot be listened on (${code}).`)),
    )
    server.listen(port, host, resolve)
  })
}

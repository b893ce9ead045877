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
  const store = new Store(join(folder, 'store'))

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

  process.on('SIGHUP', async () => {
    try {
      keys = await rotateKeys(folder)
      provider = build()
      log.info({ event: 'keys', result: 'rotated' })
    } catch (error) {
      report('keys')(error as Error)
    }
  })
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => server.close())
  }
  server.once('close', () => {
    clearInterval(sweeper)
    store.close().catch(report('store'))
  })
  console.log(issuer)
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
    return createServer(
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
  } catch {
    throw new Error('TLS_KEY_FILE and TLS_CERT_FILE hold no PEM pair.')
  }
}

async function listen(server: Server, { port, host }: Settings) {
  server.maxConnections = 1_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      reject(new Error(`PORT on HOST cannot be listened on (${code}).`)),
    )
    server.listen(port, host, resolve)
  })
}

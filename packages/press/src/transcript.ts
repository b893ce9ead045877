import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { Agent, type IncomingMessage, request } from 'node:http'
import { request as requestTls, Agent as TlsAgent } from 'node:https'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import {
  createPair,
  type Defer,
  findPort,
  openFolder,
  openKeyCommand,
  openWhole,
  readSecrets,
  startServer,
} from '@guard-up/lab'
import { readLedger } from '@guard-up/office'
import { openLiar, type StartedProcess } from 'guardcheck'
import type { Binding, Language } from './lesson.ts'
import { root } from './steps.ts'

const run = promisify(execFile)

/** Servers that are started for the lessons, and end with `close`. */
export interface Stage {
  /** Does what a binding asks for; resolves with what a reader would see. */
  show(binding: Binding, content: string): Promise<string>
  close(): Promise<void>
}

/** A step that runs, and what an honest caller has of it. */
interface Server {
  process: StartedProcess
  /** Where a reader would find it. */
  shownUrl: string
  ca: string | undefined
  ledger: string
  secretFor(words: string[]): Promise<string>
}

/** Opens a stage; each step is started when it is first asked for. */
export async function openStage(language: Language): Promise<Stage> {
  const { serverOf, home, stop } = await openWhole(async (defer) => {
    const home = await openFolder('weave', defer)
    const servers = new Map<string, Promise<Server>>()
    const serverOf = (step: string) => {
      const server = servers.get(step) ?? startShown(step, home, defer)
      servers.set(step, server)
      return server
    }
    return { serverOf, home }
  })
  return {
    async show({ kind, to }, content) {
      const [place = '', ...words] = to.split(' ')
      if (kind === 'run') {
        const server = place === 'root' ? undefined : await serverOf(place)
        return replay(content, { home, server, language })
      }
      const server = await serverOf(place)
      if (kind === 'exchange') return exchange(content, server, words)
      if (kind === 'ledger') return showLedger(server)
      return readLog(server)
    },
    close: stop,
  }
}

/** What a server is started with for a reader, and what he would know of it. */
interface Setting {
  env: Record<string, string>
  shownUrl?: string
  ca?: string
  secretFor?: Server['secretFor']
}

/** Where the guard of an environment variable is: it is no package. */
const example = 'lessons/exercises/env-guard'
const exampleUrl = 'http://127.0.0.1:3010/mcp'

/** How the server in a folder is started, by its name. */
const settings: Record<
  string,
  (home: string, folder: string, defer: Defer) => Setting | Promise<Setting>
> = {
  'env-guard-unset': () => ({ env: {}, shownUrl: exampleUrl }),
  'env-guard': () => ({
    env: { MCP_TOKEN: 'my-own-token' },
    shownUrl: exampleUrl,
    secretFor: async () => 'my-own-token',
  }),
  'step-0': () => ({ env: {} }),
  'step-1': (_home, folder) => ({
    env: {},
    secretFor: async () => `${readSecrets(folder)[0]}`,
  }),
  async 'step-2'(home, folder) {
    const tokens = join(home, 'tokens.json')
    const [secret = ''] =
      (await openKeyCommand(folder, tokens)?.mint(['desk'], [])) ?? []
    return { env: { MCP_TOKENS_FILE: tokens }, secretFor: async () => secret }
  },
  'step-3': setSafe,
  'step-3-next': setSafe,
  async issuer(home) {
    const { env, ca } = await certify(home)
    const shownUrl = 'https://localhost:3100'
    return { shownUrl, ca, env: { ...env, ISSUER_DIR: join(home, 'issuer') } }
  },
}

/** A pair of its own for a server: what it reads anew must stay. */
async function certify(home: string) {
  const folder = await mkdtemp(join(home, 'pair-'))
  const { keyFile, certFile, key, cert } = await createPair(folder)
  const env = {
    TLS_KEY_FILE: keyFile,
    TLS_CERT_FILE: certFile,
    NODE_EXTRA_CA_CERTS: certFile,
  }
  return { env, key, ca: cert }
}

async function setSafe(
  home: string,
  _folder: string,
  defer: Defer,
): Promise<Setting> {
  const { env, key, ca } = await certify(home)
  const port = await findPort()
  const liar = await openLiar({ key, cert: ca })
  defer(() => liar.close())
  const aud = `https://localhost:${port}/mcp`
  return {
    env: { ...env, PORT: `${port}`, OAUTH_ISSUER: liar.url },
    shownUrl: 'https://localhost:3003/mcp',
    ca,
    secretFor(words) {
      const scope = words.filter((word) => !word.includes('=')).join(' ')
      const claims = words
        .filter((word) => word.includes('='))
        .map((word) => {
          const [name = '', value = ''] = word.split('=')
          return [name, /^\d+$/.test(value) ? Number(value) : value]
        })
      const named = Object.fromEntries(claims)
      return liar.mint({ aud, sub: 'alice', scope, ...named })
    },
  }
}

async function startShown(
  name: string,
  home: string,
  defer: Defer,
): Promise<Server> {
  const set = settings[name]
  if (!set) throw new Error(`Nothing is called ${name} that could be started.`)
  const isExample = name.startsWith('env-guard')
  const folder = join(root, isExample ? example : `packages/${name}`)
  const { env, ...known } = await set(home, folder, defer)
  const ledger = join(home, name)
  const process = await startServer(folder, { OFFICE_DIR: ledger, ...env })
  defer(process.stop)
  return {
    process,
    ledger,
    shownUrl: `http://127.0.0.1:${3000 + Number(name.slice('step-'.length))}/mcp`,
    ca: undefined,
    secretFor: async () => '',
    ...known,
  }
}

/** What every client of MCP sends; a request shows it where it matters. */
const usual = {
  Accept: 'application/json, text/event-stream',
  'Content-Type': 'application/json',
}

/** Headers that tell nothing about the guard. */
const dull =
  /^(date|etag|keep-alive|content-length|content-type|x-request-id)$/i

/**
 * Sends the request that an exchange begins with, and puts the answer below.
 * `$MCP_TOKEN` stands for a token of a caller who may do what `words` say.
 */
async function exchange(
  content: string,
  server: Server,
  words: string[],
): Promise<string> {
  const [asked = ''] = content.split(/^HTTP\/1\.1 /m)
  const [head = '', ...rest] = asked.trim().split(/\n\n/)
  const body = rest.join('\n\n')
  const [line = '', ...fields] = head.split('\n')
  const [method = 'GET', path = '/'] = line.split(' ')
  const secret = await server.secretFor(words)
  const headers: [string, string][] = fields.map((field) => {
    const [name = '', value = ''] = field.split(/: */, 2)
    return [name, value.replace('$MCP_TOKEN', secret)]
  })
  const named = headers.map(([name]) => name.toLowerCase())
  const silent = Object.entries(usual).filter(
    ([name]) => body && !named.includes(name.toLowerCase()),
  )
  const { url } = server.process
  // Else we would ask for an end that the server then seems to have chosen.
  const secure = url.protocol === 'https:'
  const agent = new (secure ? TlsAgent : Agent)({ keepAlive: true })
  const sent = (secure ? requestTls : request)(new URL(path, url), {
    method,
    agent,
    ca: server.ca,
  })
  for (const [name, value] of [...headers, ...silent]) {
    sent.setHeader(name, value)
  }
  if (body) sent.setHeader('Content-Length', Buffer.byteLength(body))
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const chunks = await answer.toArray()
  const received = Buffer.concat(chunks).toString()
  agent.destroy()
  const pairs = answer.rawHeaders.flatMap((name, index, all) =>
    index % 2 === 0 ? [[name, `${all[index + 1]}`] as const] : [],
  )
  const shown = pairs
    .filter(([name, value]) => !dull.test(name) && value !== 'keep-alive')
    .filter(([name]) => name.toLowerCase() !== 'vary')
    .map(([name, value]) => `${name}: ${value}`)
  const status = `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`
  const lines = [status, ...shown, '', indent(received)].join('\n').trimEnd()
  return `${asked.trim()}\n\n${settle(lines, server)}\n`
}

/** JSON as people read it; of anything else, how it begins. */
function indent(text: string): string {
  try {
    return JSON.stringify(
      JSON.parse(text),
      (_name, value) =>
        typeof value === 'string' && value.length > 180
          ? `${value.slice(0, 160)}…`
          : value,
      2,
    )
  } catch {
    const [first = '', ...others] = text.trim().split('\n')
    const cut = first.length > 60 || others.length > 0
    return cut ? `${first.slice(0, 60)}…` : first
  }
}

/** Replaces what differs from run to run, and where the server stood. */
function settle(text: string, server: Server | undefined): string {
  const uuids = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
  const plain = text.replace(uuids, '…')
  const prints = [...new Set(plain.match(/\b[0-9a-f]{12}\b/g))]
  const own = server
    ? plain.replaceAll(server.process.url.host, new URL(server.shownUrl).host)
    : plain
  return prints
    .reduce(
      (rest, print, at) => rest.replaceAll(print, `${at + 1}`.repeat(12)),
      own,
    )
    .replace(/https:\/\/localhost:(?!3003)\d+/g, 'https://localhost:3100')
    .replace(/localhost%3A\d{5}/g, 'localhost%3A3100')
    .replace(/gup_[\w-]{43}_[0-9a-f]{8}/g, 'gup_…')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-01-01T00:00:00.000Z')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, '2026-01-01 00:00 UTC')
    .replace(/\d+ seconds? ago/g, '1 second ago')
    .replace(/\d+秒前/g, '1秒前')
    .replace(/(127\.0\.0\.1|localhost):\d{5}/g, '$1:…')
    .replace(/^(.*Date: ).* GMT$/gm, '$1…')
    .replace(/\S*guard-up-weave-\w+\//g, '')
}

/** The last line that the step has written about a request. */
async function readLog(server: Server): Promise<string> {
  // It is written when the answer has gone.
  await setTimeout(1000)
  const lines = server.process.output().trim().split('\n')
  const last = lines.findLast((line) => line.startsWith('{')) ?? '{}'
  return `${settle(indent(last), server)}\n`
}

/** The last refund in the ledger of a step. */
async function showLedger(server: Server): Promise<string> {
  const { refunds } = await readLedger(server.ledger)
  return `${settle(indent(JSON.stringify(refunds.at(-1) ?? null)), server)}\n`
}

const hostOf = (url: string | undefined) => url && new URL(url).host

/** Runs each line that begins with `$ `, and puts its output below. */
async function replay(
  content: string,
  {
    home,
    server,
    language,
  }: { home: string; server: Server | undefined; language: Language },
): Promise<string> {
  const commands = content.split('\n').filter((line) => line.startsWith('$ '))
  const secret = await server?.secretFor([])
  let told = ''
  for (const line of commands) {
    const command = line
      .slice(2)
      .replaceAll(
        hostOf(server?.shownUrl) ?? '\n',
        `${server?.process.url.host}`,
      )
    const { stdout, stderr } = await run('sh', ['-c', command], {
      cwd: root,
      env: {
        ...process.env,
        NO_COLOR: '1',
        LC_ALL: { en: 'C', ja: 'ja_JP.UTF-8' }[language],
        MCP_TOKENS_FILE: server && join(home, 'tokens.json'),
        ...(secret && { MCP_TOKEN: secret }),
      },
    }).catch((error: { stdout?: string; stderr?: string }) => error)
    const output = `${stdout ?? ''}${stderr ?? ''}`.replace(/^\n+|\s+$/g, '')
    told += `${line}\n${settle(output, server)}\n`
  }
  // What a command has changed, a server notices within a second.
  if (server) await setTimeout(2500)
  return told
}

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Language, languages } from 'guardcheck'
import type { TourCell } from '../attack/run.ts'
import { listSteps, root } from '../repository.ts'
import { type Api, openApi } from './api.ts'
import { compareSteps } from './compare.ts'
import { lessonPath, listLessons, renderLesson } from './lesson.ts'

/** How the page is opened. */
export interface PageOptions {
  lang: Language
  /** The port to try first; the next ones follow. */
  port?: number
  /** What the tour has found out already. */
  seen?: readonly TourCell[]
}

/** The page while it is served. */
export interface OpenPage {
  /** The address to open, which lets whoever has it run the attacks. */
  url: URL
  close(): Promise<void>
}

/** The port that is tried first. */
export const pagePort = 3080

const folder = fileURLToPath(new URL('../../page/', import.meta.url))

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
}

/** What every answer says: nothing but this origin, and nothing inline. */
const headers: OutgoingHttpHeaders = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/**
 * Serves the page on this machine alone. Whoever knows its address may run
 * the attacks, against servers that the page itself has started.
 */
export async function openPage(options: PageOptions): Promise<OpenPage> {
  const token = randomBytes(32).toString('base64url')
  const expected = digest(`Bearer ${token}`)
  const files = readPage()
  const pictures = readPictures()
  const api = openApi(options.seen ?? [])
  const server = createServer((req, res) => {
    answer(req, res).catch((error) => {
      if (res.headersSent) return res.destroy()
      process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
      refuse(res, 500, 'Something went wrong.')
    })
  })
  const port = await listen(server, options.port ?? pagePort)
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]

  const answer = async (req: IncomingMessage, res: ServerResponse) => {
    const { host = '', origin, authorization = '' } = req.headers
    if (!hosts.includes(host)) return refuse(res, 421, 'Not by that name.')
    if (origin !== undefined && origin !== `http://${host}`) {
      return refuse(res, 403, 'Not from that page.')
    }
    const [path = '/'] = (req.url ?? '/').split('?')
    if (path.startsWith('/api/')) {
      if (!timingSafeEqual(digest(authorization), expected)) {
        res.setHeader('WWW-Authenticate', 'Bearer realm="page"')
        return refuse(res, 401, 'Open the address that was printed.')
      }
      return answerApi(req, res, path.slice('/api/'.length).split('/'), api)
    }
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      return refuseMethod(res, 'GET, HEAD')
    }
    const file = files.get(path === '/' ? '/index.html' : path)
    if (file) return send(res, 200, file.type, file.body)
    const picture = pictures.get(path)
    if (picture) return sendPicture(res, picture)
    const [, lang = '', name] = /^\/lessons\/(\w+)\/([\w-]*)$/.exec(path) ?? []
    const lesson = name ? await renderLesson(lang, name) : undefined
    if (lesson) return send(res, 200, `${types['.html']}`, lesson)
    if (languages.some((known) => path === `/lessons/${known}/`)) {
      const [first] = listLessons(lang as Language)
      const Location = lessonPath(lang as Language, first?.name ?? '')
      return res.writeHead(302, { ...headers, Location }).end()
    }
    refuse(res, 404, 'There is nothing here.')
  }
  const url = new URL(`http://127.0.0.1:${port}/?lang=${options.lang}`)
  url.hash = `token=${token}`
  return {
    url,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await Promise.all([closed, api.close()])
    },
  }
}

async function answerApi(
  req: IncomingMessage,
  res: ServerResponse,
  [noun = '', ...names]: string[],
  api: Api,
): Promise<unknown> {
  const [name = '', number = ''] = names
  const known = listSteps()
  const readStep = (text: string) => known.find((step) => `${step}` === text)
  const method = ['catalogue', 'diff'].includes(noun) ? 'GET' : 'POST'
  const missing = () => refuse(res, 404, 'There is nothing here.')
  const allow = (work: () => Promise<unknown>) =>
    req.method === method ? work() : refuseMethod(res, method)
  // What a page asks stands in its path; nothing is read from a body.
  req.resume()
  switch (noun) {
    case 'catalogue':
      if (names.length > 0) return missing()
      return allow(async () => sendJson(res, await api.catalogue()))
    case 'diff': {
      const [from, to] = [readStep(name), readStep(number)]
      if (from === undefined || to === undefined) return missing()
      return allow(async () => sendJson(res, await compareSteps(from, to)))
    }
    case 'attacks': {
      const step = readStep(number)
      if (!api.isAttack(name) || step === undefined) return missing()
      return allow(async () => sendJson(res, await api.attack(name, step)))
    }
    case 'properties': {
      const step = readStep(name)
      if (step === undefined) return missing()
      return allow(() =>
        stream(res, (line, signal) => api.judge(step, line, signal)),
      )
    }
    case 'flow':
      if (names.length > 0) return missing()
      return allow(() => stream(res, (line) => api.flow(line)))
    case 'exercise':
      if (names.length > 0) return missing()
      return allow(() =>
        stream(res, (line, signal) => api.exercise(line, signal)),
      )
    case 'rotation':
      if (name === '') {
        return allow(() =>
          stream(res, (line, signal) => api.rotation(line, signal)),
        )
      }
      if (!api.isTurn(name)) return missing()
      return allow(async () => sendJson(res, await api.turn(name)))
    default:
      return missing()
  }
}

/** Answers a JSON value a line, for as long as the page listens. */
async function stream(
  res: ServerResponse,
  work: (
    line: (value: unknown) => void,
    signal: AbortSignal,
  ) => Promise<unknown>,
): Promise<void> {
  const gone = new AbortController()
  res.on('close', () => gone.abort())
  res.writeHead(200, {
    ...headers,
    'Content-Type': 'application/x-ndjson',
    'Cache-Control': 'no-store',
  })
  res.flushHeaders()
  const line = (value: unknown) => {
    if (!res.writableEnded) res.write(`${JSON.stringify(value)}\n`)
  }
  try {
    await work(line, gone.signal)
  } catch (error) {
    line({ error: error instanceof Error ? error.message : `${error}` })
  }
  res.end()
}

function sendJson(res: ServerResponse, value: unknown): void {
  res.setHeader('Cache-Control', 'no-store')
  send(res, 200, `${types['.json']}`, JSON.stringify(value))
}

function refuse(res: ServerResponse, status: number, error: string): void {
  res.setHeader('Cache-Control', 'no-store')
  send(res, status, `${types['.json']}`, JSON.stringify({ error }))
}

function refuseMethod(res: ServerResponse, allowed: string): void {
  res.setHeader('Allow', allowed)
  refuse(res, 405, 'Not by that method.')
}

function send(
  res: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
): void {
  const length = { 'Content-Length': Buffer.byteLength(body) }
  if (!res.hasHeader('Cache-Control'))
    res.setHeader('Cache-Control', 'no-cache')
  res.writeHead(status, { ...headers, 'Content-Type': type, ...length })
  res.end(body)
}

/** A picture has its colours in itself, and asks for nothing. */
function sendPicture(res: ServerResponse, body: Buffer): void {
  const policy = "default-src 'none'; style-src 'unsafe-inline'"
  const length = { 'Content-Length': body.length }
  res.writeHead(200, {
    ...headers,
    'Content-Security-Policy': policy,
    'Content-Type': types['.svg'],
    'Cache-Control': 'no-cache',
    ...length,
  })
  res.end(body)
}

/** The files of the page by their paths: no other can be asked for. */
function readPage(): Map<string, { type: string; body: Buffer }> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return new Map(
    entries
      .filter((entry) => entry.isFile() && types[extname(entry.name)])
      .map((entry) => {
        const file = join(entry.parentPath, entry.name)
        const path = relative(folder, file).replaceAll('\\', '/')
        const type = `${types[extname(entry.name)]}`
        return [`/${path}`, { type, body: readFileSync(file) }]
      }),
  )
}

/** The pictures of the lessons by their paths. */
function readPictures(): Map<string, Buffer> {
  const found = languages.flatMap((lang) =>
    readdirSync(join(root, 'lessons', lang))
      .filter((name) => extname(name) === '.svg')
      .map((name) => [lang, name] as const),
  )
  return new Map(
    found.map(([lang, name]) => [
      lessonPath(lang, name),
      readFileSync(join(root, 'lessons', lang, name)),
    ]),
  )
}

/** Listens on the first port that is free, from `port` on; 0 takes any. */
async function listen(
  server: ReturnType<typeof createServer>,
  port: number,
): Promise<number> {
  for (let tried = port; ; tried += 1) {
    try {
      await once(server.listen(tried, '127.0.0.1'), 'listening')
      return (server.address() as AddressInfo).port
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const last = tried >= port + 20
      if ((code !== 'EADDRINUSE' && code !== 'EACCES') || last) throw error
    }
  }
}

/** Equal lengths, so that a comparison tells nothing. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

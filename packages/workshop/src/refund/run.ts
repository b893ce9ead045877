import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type OAuthClientProvider,
  UnauthorizedError,
} from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { root } from '../repository.ts'
import { trustBoth } from '../step/defaults.ts'
import { follow } from '../step/serve.ts'
import type { Colors } from '../terminal/colors.ts'
import type { Tell } from '../terminal/tell.ts'
import { words } from './words.ts'

/** How the refund is issued, and how it is told. */
export interface RefundOptions {
  url: URL
  tell: Tell
  colors: Colors
  signal: AbortSignal
  print(text: string): void
}

/** The refund that is issued: one that nobody has to think about. */
const refund = { customer: 'C-1001', amount: 300, reason: 'A torn bag' }

/** Milliseconds that a person has in the browser, each time. */
const patience = 10 * 60 * 1000

/**
 * Runs this command again with the workshop's own authority trusted, which
 * Node reads as it starts; undefined when nothing is to be added.
 */
export function runTrusting(args: readonly string[]) {
  const ca = join(root, 'certs/ca.pem')
  if (!existsSync(ca)) return undefined
  const trusted = trustBoth(ca, process.env)
  if (process.env.NODE_EXTRA_CA_CERTS === trusted) return undefined
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  return follow(
    spawn(process.execPath, ['--import', 'tsx', main, ...args], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: trusted },
      stdio: 'inherit',
    }),
  )
}

/** A way of signing in that did not lead to a token. */
export class SignInFailed extends Error {}

/**
 * Has a person sign in, in their browser, with the least that is of use;
 * steps up where the refund is refused; resolves once it is in the ledger.
 * @throws {SignInFailed} when the person, or the issuer, refuses
 */
export async function issueRefund(options: RefundOptions): Promise<void> {
  const { url, tell, colors, print, signal } = options
  const callback = await openCallback(tell)
  const say = (text: string) => print(`  ${text}\n`)
  const desk = createDesk(callback.url)
  const open = () =>
    new StreamableHTTPClientTransport(url, { authProvider: desk.provider })
  const signIn = async () => {
    const link = desk.link()
    print(`\n    ${colors.bold(link.href)}\n\n`)
    const code = await readCode(link, await callback.wait(signal))
    await open().finishAuth(code)
  }
  /** Does something as the person; once more where they must agree first. */
  const attempt = async <T>(why: string, work: () => Promise<T>) => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof UnauthorizedError)) throw error
      say(why)
      await signIn()
      return work()
    }
  }
  const connect = async () => {
    const client = new Client({ name: 'guard-up-refund', version: '1.0.0' })
    await client.connect(open() as Transport)
    return client
  }
  const call = async () => {
    const client = await connect()
    try {
      const name = 'issue_refund'
      return await client.callTool({ name, arguments: refund })
    } finally {
      await client.close()
    }
  }
  try {
    print('\n')
    const first = await attempt(tell(words.refundSignIn), connect)
    await first.close()
    say(tell(words.refundSignedIn, { scope: desk.scope() }))
    print('\n')
    const { content } = await attempt(tell(words.refundStepUp), call)
    const [{ text = '' } = {}] = content as { text?: string }[]
    say(tell(words.refundIssued))
    print(`\n    ${colors.bold(text)}\n\n`)
  } finally {
    callback.close()
  }
}

/** The SDK's view of one person's client; it keeps nothing on disk. */
function createDesk(redirectUrl: string) {
  let tokens: OAuthTokens | undefined
  let verifier = ''
  let sentTo: URL | undefined
  const provider: OAuthClientProvider = {
    redirectUrl,
    clientMetadata: { redirect_uris: [redirectUrl] },
    clientInformation: () => ({ client_id: 'workshop' }),
    state: () => randomBytes(16).toString('base64url'),
    tokens: () => tokens,
    saveTokens(given) {
      // The SDK would refresh where it has to ask for a further scope, and
      // meet the same refusal again.
      tokens = { ...given, refresh_token: undefined }
    },
    redirectToAuthorization(link) {
      sentTo = link
    },
    saveCodeVerifier(given) {
      verifier = given
    },
    codeVerifier: () => verifier,
  }
  return {
    provider,
    link: () => sentTo as URL,
    scope: () => tokens?.scope ?? '',
  }
}

/** The code in what the browser brought back, if it answers our question. */
async function readCode(link: URL, back: URL): Promise<string> {
  const { searchParams: values } = back
  const code = values.get('code')
  const error = values.get('error')
  if (error) throw new SignInFailed(error)
  const asked = link.searchParams.get('state')
  // Whose answer it is stands in it (RFC 9207 §2.4); SDK 1.32 does not look.
  const from = values.get('iss')
  const ours = from === null || new URL(from).origin === link.origin
  if (code && ours && values.get('state') === asked) return code
  throw new SignInFailed('invalid_response')
}

/** Where the browser comes back to: one page, on this machine. */
async function openCallback(tell: Tell) {
  let arrived: (url: URL) => void = () => {}
  const server = createServer((req, res) => {
    const url = new URL(`${req.url}`, origin)
    if (req.method !== 'GET' || url.pathname !== '/callback') {
      return answer(res, 404, '')
    }
    answer(res, 200, tell(words.refundBack))
    arrived(url)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `${origin}/callback`,
    async wait(signal: AbortSignal): Promise<URL> {
      const ended = AbortSignal.any([signal, AbortSignal.timeout(patience)])
      return new Promise((resolve, reject) => {
        arrived = resolve
        ended.addEventListener('abort', () => reject(ended.reason))
      })
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function answer(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    Connection: 'close',
  })
  res.end(text)
}

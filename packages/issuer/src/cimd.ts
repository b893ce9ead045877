import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { networkOf } from './network.ts'

/** What one address may have looked up and fetched for it, per minute. */
const perMinute = { lookups: 120, fetches: 30 }

/** More than any document of a client needs, in bytes. */
const maxDocument = 5 * 1024

/**
 * Lets client metadata documents be fetched, but none of a private network.
 * Whoever asks for too many is the only one who has to wait.
 * `openLoopback` is for tests: documents on this machine are fetched too.
 */
export function createFence(openLoopback: boolean) {
  const limit = (points: number) =>
    new RateLimiterMemory({ points, duration: 60 })
  const lookups = limit(perMinute.lookups)
  const fetches = limit(perMinute.fetches)
  const isOpen = (url: URL) => openLoopback && isLoopback(url.hostname)

  /** Looks before it connects; the library looks again at the socket. */
  const allow = async ({ ip }: { ip: string }, id: string) => {
    const url = new URL(id)
    const network = networkOf(ip)
    if (url.pathname === '/') return false
    try {
      if (!isOpen(url)) {
        await lookups.consume(network)
        const found = await lookup(unbracket(url.hostname), { all: true })
        if (!found.every(({ address }) => isPublic(address))) return false
      }
      // Only what will be fetched counts as fetched.
      await fetches.consume(network)
      return true
    } catch {
      return false
    }
  }

  const fetchDocument: typeof fetch = async (input, options) => {
    const url = new URL(String(input))
    // The library's dispatcher cuts every connection to a private address.
    const { dispatcher: _fenced, ...plain } = Object(options)
    const answer = await fetch(url, isOpen(url) ? plain : options)
    const type = answer.headers.get('content-type') ?? ''
    if (!/^application\/([\w.-]+\+)?json\b/i.test(type)) {
      await answer.body?.cancel()
      throw new Error('not a JSON document')
    }
    if (answer.status !== 200) return answer
    const { headers } = answer
    return new Response(withoutNulls(await readSome(answer)), { headers })
  }

  return { allow, fetch: fetchDocument }
}

async function readSome({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    // Ends the connection, too.
    if (size > maxDocument) throw new Error('document too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** As in a registration, what is null or empty was not provided. */
function withoutNulls(text: string): string {
  const document: unknown = JSON.parse(text)
  if (Object(document) !== document || Array.isArray(document)) return text
  const provided = Object.entries(Object(document)).filter(
    ([, value]) => value !== null && value !== '',
  )
  return JSON.stringify(Object.fromEntries(provided))
}

const unbracket = (host: string) => host.replace(/^\[|\]$/g, '')

const isPublic = (address: string) =>
  ipaddr.process(address).range() === 'unicast'

const isLoopback = (host: string) => {
  const name = unbracket(host)
  if (name === 'localhost') return true
  return ipaddr.isValid(name) && ipaddr.process(name).range() === 'loopback'
}

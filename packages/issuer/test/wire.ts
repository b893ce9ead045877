import { Agent, type RequestOptions, request } from 'node:https'

/**
 * A `fetch` that trusts one authority, and follows no redirect; `from` is
 * another address of this machine.
 */
export function createFetch(ca: string, from?: string): typeof fetch {
  const agent = new Agent({ ca, keepAlive: true, localAddress: from })
  return async (input, init = {}) => {
    const { method, headers, body } = new Request(input, init as RequestInit)
    const content = body
      ? Buffer.from(await new Response(body).arrayBuffer())
      : undefined
    const options: RequestOptions = {
      agent,
      method,
      headers: {
        ...Object.fromEntries(headers),
        ...(content && { 'content-length': content.length }),
      },
    }
    const url = input instanceof Request ? input.url : String(input)
    return new Promise((resolve, reject) => {
      const req = request(url, options, (res) => {
        const chunks: Buffer[] = []
        res.on('data', (chunk) => chunks.push(chunk))
        res.on('end', () => {
          const given = new Headers()
          for (const [name, values] of Object.entries(res.headersDistinct)) {
            for (const value of values ?? []) given.append(name, value)
          }
          const status = res.statusCode ?? 0
          const text = [204, 303, 304].includes(status)
            ? null
            : Buffer.concat(chunks)
          resolve(new Response(text, { status, headers: given }))
        })
        res.on('error', reject)
      })
      req.on('error', reject)
      req.end(content)
    })
  }
}

interface Cookie {
  path: string
  pair: string
}

const slashed = (path: string) => (path.endsWith('/') ? path : `${path}/`)

/** A person's browser: keeps cookies, fills in forms, presses buttons. */
export class Browser {
  #fetch: typeof fetch
  #cookies = new Map<string, Cookie>()
  language = 'en'
  /** The last answer, its text, and where it came from. */
  page = { url: '', status: 0, headers: new Headers(), text: '' }

  constructor(fetch: typeof globalThis.fetch) {
    this.#fetch = fetch
  }

  /** Another tab: the same cookies, a page of its own. */
  tab(): Browser {
    const other = new Browser(this.#fetch)
    other.language = this.language
    other.#cookies = this.#cookies
    return other
  }

  /** The same browser at another address. */
  at(fetch: typeof globalThis.fetch): Browser {
    const other = this.tab()
    other.#fetch = fetch
    return other
  }

  /** Has a cookie that no server has set. */
  keep(name: string, value: string): void {
    this.#cookies.set(`/ ${name}`, { path: '/', pair: `${name}=${value}` })
  }

  /** Asks, and follows redirects as long as they stay on `https`. */
  async visit(url: string, init: RequestInit = {}): Promise<string> {
    const { pathname } = new URL(url)
    const cookie = [...this.#cookies.values()]
      .filter(({ path }) => `${pathname}/`.startsWith(path))
      .map(({ pair }) => pair)
      .join('; ')
    const res = await this.#fetch(url, {
      ...init,
      headers: {
        accept: 'text/html',
        'accept-language': this.language,
        cookie,
        ...init.headers,
      },
    })
    for (const line of res.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const [, path = '/'] = /; *path=([^;]*)/i.exec(line) ?? []
      const [name, value] = pair.split('=')
      const key = `${path} ${name}`
      if (value) this.#cookies.set(key, { path: slashed(path), pair })
      else this.#cookies.delete(key)
    }
    const { status, headers } = res
    this.page = { url, status, headers, text: await res.text() }
    const location = headers.get('location')
    if (!location) return url
    const next = new URL(location, url)
    return next.protocol === 'https:' ? this.visit(next.href) : next.href
  }

  /** Sends the form of the page, as if one of its buttons were pressed. */
  press(
    action: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<string> {
    const [, token = ''] =
      /name="token" value="([^"]*)"/.exec(this.page.text) ?? []
    return this.visit(this.page.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...headers,
      },
      body: new URLSearchParams({ token, ...fields, action }).toString(),
    })
  }

  /** Logs in and allows; answers where the client gets its code. */
  async allow(url: string, login: string, password: string): Promise<string> {
    let at = await this.visit(url)
    if (this.page.text.includes('name="password"')) {
      at = await this.press('login', { login, password })
    }
    return at === this.page.url ? this.press('allow') : at
  }
}

import { parse } from 'node-html-parser'
import { CookieJar } from 'tough-cookie'
import { type Exchange, sendRequest } from '../probe/wire.ts'

/** What a browser shows once it has followed every redirect. */
export interface Page {
  url: URL
  /** 0 where a redirect led away from the pages: then `url` is all there is. */
  status: number
  headers: [name: string, value: string][]
  body: string
  /** The statuses of the redirects that led here, in their order. */
  hops: number[]
}

/** A person's browser as far as sign-in pages need one: no script runs. */
export interface Browser {
  /** Follows redirects for as long as they stay at the first page's origin. */
  open(url: URL): Promise<Page>
  /** Presses a button of a page; the first that `isPressed` is true of. */
  press(
    page: Page,
    fields: Record<string, string>,
    isPressed?: (button: Button) => boolean,
  ): Promise<Page>
}

/** A button that sends a form: what it is called, and what it stands for. */
export interface Button {
  name: string
  value: string
  label: string
}

/** Is told each exchange, and who sent the request. */
export type Trace = (
  by: 'client' | 'browser',
  url: URL,
  exchange: Exchange,
) => void

/** Somebody who can sign in. */
export interface Person {
  login: string
  password: string
}

const maxRedirects = 20

/** Opens a browser with no cookies; `ca` is PEM that it trusts as well. */
export function openBrowser(ca?: string, trace?: Trace): Browser {
  const jar = new CookieJar()
  const load = async (from: URL, form?: URLSearchParams): Promise<Page> => {
    let url = from
    let body = form?.toString()
    const hops: number[] = []
    for (let hop = 0; hop < maxRedirects; hop += 1) {
      const page = { ...(await fetchPage(url, body)), hops }
      const location = page.headers.find(([name]) => name === 'location')
      if (!location || page.status < 300 || page.status > 399) return page
      hops.push(page.status)
      url = new URL(location[1], url)
      // What follows a form is a page that shows what came of it (RFC 9110
      // §15.4.4), whatever the older codes were meant to say.
      body = undefined
      if (url.origin !== from.origin) return { ...page, url, status: 0 }
    }
    throw new Error(`${from.origin} redirects without an end.`)
  }
  const fetchPage = async (url: URL, body?: string) => {
    const cookie = await jar.getCookieString(url.href)
    const request = {
      method: body === undefined ? 'GET' : 'POST',
      target: url.pathname + url.search,
      headers: [
        ['Accept', 'text/html'],
        ...(cookie ? [['Cookie', cookie]] : []),
        ...(body === undefined
          ? []
          : [
              ['Origin', url.origin],
              ['Content-Type', 'application/x-www-form-urlencoded'],
            ]),
      ] as [string, string][],
      body,
    }
    const settings = { timeoutMs: 10_000, ca }
    const exchange = await sendRequest(url, request, settings)
    trace?.('browser', url, exchange)
    const { response, failure } = exchange
    if (!response) throw new Error(`${url.origin} does not answer: ${failure}.`)
    for (const [name, value] of response.headers) {
      if (name === 'set-cookie') await jar.setCookie(value, url.href)
    }
    return { url, ...response }
  }
  return {
    open: (url) => load(url),
    async press(page, fields, isPressed = () => true) {
      for (const form of parse(page.body).querySelectorAll('form')) {
        const named = form.querySelectorAll('input[name]')
        const inputs = named.map((input): [string, string] => [
          `${input.getAttribute('name')}`,
          input.getAttribute('value') ?? '',
        ])
        const names = inputs.map(([name]) => name)
        if (!Object.keys(fields).every((name) => names.includes(name))) continue
        const button = form
          .querySelectorAll('button:not([type=button]), input[type=submit]')
          .map((it) => ({
            name: it.getAttribute('name') ?? '',
            value: it.getAttribute('value') ?? '',
            label: it.text.trim(),
          }))
          .find(isPressed)
        if (!button) continue
        const values = new URLSearchParams({
          ...Object.fromEntries(inputs),
          ...fields,
          ...(button.name ? { [button.name]: button.value } : {}),
        })
        const action = form.getAttribute('action') || page.url.href
        return load(new URL(action, page.url), values)
      }
      throw new Error(`${page.url.pathname} has no such form.`)
    },
  }
}

/**
 * Signs a person in at an authorization server's pages and agrees to what
 * they ask. Resolves with where the browser is sent in the end.
 * @throws {Error} when a page is met that has no way on
 */
export async function signIn(
  browser: Browser,
  authorization: URL,
  { login, password }: Person,
): Promise<URL> {
  let page = await browser.open(authorization)
  for (let pages = 0; pages < 5 && page.status !== 0; pages += 1) {
    const asks = /type="?password/.test(page.body)
    page = asks
      ? await browser.press(page, { login, password })
      : await browser.press(page, {}, agrees)
    // The same page again is a refusal: nothing else would follow.
    if (asks && page.status >= 400) throw new Error('The password is refused.')
  }
  if (page.status === 0) return page.url
  throw new Error(`${page.url.pathname} leads nowhere.`)
}

/** Whether a button agrees to what its page asks. */
export const agrees = ({ name, value, label }: Button) =>
  !/deny|cancel|abort|reject|switch|other|拒|戻|別/i.test(
    `${name} ${value} ${label}`,
  )

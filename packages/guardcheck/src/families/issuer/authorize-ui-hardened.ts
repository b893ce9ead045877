import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../property.ts'
import { agrees, openBrowser, type Page } from '../../sign-in/browser.ts'
import { openTrusted, type Trusted } from '../ask/hold-issuer.ts'
import { oauth21, rfc } from '../sources.ts'

export const authorizeUiHardened: Property = {
  id: 'issuer/authorize-ui-hardened',
  claim: {
    en: 'the pages for signing in and agreeing can be neither framed nor forged, and say where the browser is sent',
    ja: 'ログインと同意のページは、フレームに入れることも偽造することもできず、送り先を示す',
  },
  source: [oauth21('7.5.4'), oauth21('7.10'), rfc(9700, '4.16')],
  owasp: ['MCP06'],
  level: 'must',
  since: 3,
  needs: ['issuer'],
  advice: {
    en: "Send frame-ancestors 'none' and X-Frame-Options: DENY, no CORS; put a single-use token into each form; redirect with 303; name the redirect host.",
    ja: "frame-ancestors 'none'とX-Frame-Options: DENYを付け、CORSは許しません。フォームごとに使い切りのトークンを入れ、303でリダイレクトし、送り先のホストを表示します。",
  },
  check: hardensPages,
}

async function hardensPages(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  const { hold } = authority
  const browser = openBrowser(hold.ca)
  const { url } = authority.ask({ scope: hold.scopes.join(' ') })
  const login = await browser.open(url)
  expectHardened(login, 'page for signing in')
  const { login: name, password } = hold.person
  const consent = await browser.press(login, { login: name, password })
  if (consent.status !== 200) {
    throw new NotApplicable('No page asks the person to agree.')
  }
  expectHardened(consent, 'page for agreeing')
  const { host } = new URL(hold.redirectUri)
  expect(
    consent.body.includes(host.replace(/:\d+$/, '')),
    'The page does not say where the browser is sent.',
  )
  await expectUnforged(authority, consent)
  const back = await browser.press(consent, {}, agrees)
  expect(back.url.searchParams.has('code'), 'Agreeing leads to no code.')
  expect(
    back.hops.every((status) => status === 302 || status === 303),
    `A form is answered ${back.hops[0]}, which sends its content on.`,
  )
  const again = await browser.press(consent, {}, agrees).catch(() => undefined)
  expect(
    !again?.url.searchParams.has('code'),
    'The same form, sent twice, agrees twice.',
  )
  if (new URL(hold.redirectUri).protocol === 'http:') {
    // Whatever runs on the machine can claim to be that client (RFC 8252 §8.6).
    const { url } = authority.ask({ scope: hold.scopes.join(' ') })
    const later = await browser.open(url).catch(() => undefined)
    expect(
      !later?.url.searchParams.has('code'),
      'A client that anybody can claim to be is given a code without a question, once the person has agreed.',
    )
  }
  const { url: preflight } = authority.ask()
  const { headers } = await authority.send(preflight, undefined, [
    ['Origin', 'https://evil.example'],
  ])
  expect(
    !headers.some(([name]) => name === 'access-control-allow-origin'),
    'Other web pages may read the authorization endpoint.',
  )
}

function expectHardened({ headers, status }: Page, what: string): void {
  expect(status === 200, `The ${what} was answered ${status}.`)
  const value = (name: string) =>
    headers
      .filter(([key]) => key === name)
      .map(([, value]) => value)
      .join(', ')
  expect(
    /frame-ancestors 'none'/.test(value('content-security-policy')),
    `The ${what} may be framed: its policy lacks frame-ancestors 'none'.`,
  )
  expect(
    /^deny$/i.test(value('x-frame-options')),
    `The ${what} lacks X-Frame-Options: DENY.`,
  )
  expect(/no-store/.test(value('cache-control')), `The ${what} may be cached.`)
}

/** Neither another browser nor another form can agree for the person. */
async function expectUnforged({ hold }: Trusted, consent: Page): Promise<void> {
  const elsewhere = await openBrowser(hold.ca)
    .press(consent, {}, agrees)
    .catch(() => undefined)
  expect(
    !elsewhere?.url.searchParams.has('code'),
    'A browser that never signed in can agree.',
  )
  const hidden = [
    ...consent.body.matchAll(/<input[^>]*type="?hidden[^>]*name="?([\w-]+)/g),
    ...consent.body.matchAll(/<input[^>]*name="?([\w-]+)"?[^>]*type="?hidden/g),
  ].map(([, name]) => `${name}`)
  expect(
    hidden.length > 0,
    'The form for agreeing holds nothing to tell it by.',
  )
}

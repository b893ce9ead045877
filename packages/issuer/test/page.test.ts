import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Devices, Guesses } from '../src/throttle.ts'
import {
  Client,
  ca,
  cleanUp,
  type Issuer,
  passwords,
  send,
  startIssuer,
} from './issuer.ts'
import { Browser, createFetch } from './wire.ts'

let issuer: Issuer
let client: Client

beforeAll(async () => {
  issuer = await startIssuer()
  client = await Client.of(issuer)
})
afterAll(async () => {
  await issuer.stop()
  cleanUp()
})

/** A browser in which somebody has come as far as the consent page. */
async function consentOf(
  login: keyof typeof passwords,
  fields: Record<string, string> = {},
): Promise<Browser> {
  const browser = new Browser(send)
  await browser.visit(await client.url(fields))
  await browser.press('login', { login, password: passwords[login] })
  return browser
}

describe('both pages', () => {
  test('cannot be framed, run no script, and are kept by nobody', async () => {
    const browser = new Browser(send)
    await browser.visit(await client.url())
    for (const step of ['login', 'consent']) {
      const { headers, text, status } = browser.page
      expect(status, step).toBe(200)
      const policy = headers.get('content-security-policy')
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).toContain("default-src 'none'")
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(text).not.toContain('<script')
      await browser.press('login', {
        login: 'alice',
        password: passwords.alice,
      })
    }
  })

  test('are answered with 303, so that no browser sends a form twice', async () => {
    const browser = await consentOf('alice')
    const { url } = browser.page
    await browser.press('allow')
    expect(browser.page.status).toBe(303)
    expect(browser.page.url).not.toBe(url)
  })

  test('speak the language that was asked for', async () => {
    const browser = new Browser(send)
    browser.language = 'ja,en;q=0.5'
    await browser.visit(await client.url())
    expect(browser.page.text).toContain('<html lang="ja">')
    browser.language = 'en'
    await browser.visit(await client.url({ ui_locales: 'ja-JP en' }))
    expect(browser.page.text).toContain('<html lang="ja">')
    await browser.visit(`${browser.page.url}?lang=en`)
    expect(browser.page.text).toContain('<html lang="en">')
    await browser.visit(await client.url({ ui_locales: 'ja' }))
    expect(browser.page.text).toContain('<html lang="en">')
  })
})

describe('a form', () => {
  test('works once', async () => {
    const browser = await consentOf('alice')
    const { ...page } = browser.page
    await browser.press('nothing')
    expect(browser.page.status).toBe(400)
    browser.page = page
    await browser.press('allow')
    expect(browser.page.status).toBe(403)
  })

  test('without its token, or with that of another, does nothing', async () => {
    const browser = await consentOf('alice')
    const other = await consentOf('alice')
    for (const text of ['', other.page.text]) {
      await browser.visit(browser.page.url)
      browser.page.text = text
      await browser.press('allow')
      expect(browser.page.status).toBe(403)
    }
  })

  test('that another site sends does nothing', async () => {
    for (const [name, value] of [
      ['origin', 'https://evil.example'],
      ['origin', 'null'],
      ['sec-fetch-site', 'cross-site'],
    ] as const) {
      const browser = await consentOf('alice')
      await browser.press('allow', {}, { [name]: value })
      expect(browser.page.status).toBe(403)
    }
  })

  test('is of no use in another browser', async () => {
    const browser = await consentOf('alice')
    const other = new Browser(send)
    other.page = { ...browser.page }
    await other.press('allow')
    expect(other.page.status).toBe(400)
  })
})

describe('the consent page', () => {
  test('says who asks, what for, who is asked, and where it leads', async () => {
    const { page } = await consentOf('alice', {
      scope: 'documents:read refunds:write',
    })
    for (const part of [
      'Workshop asks for access',
      'You are logged in as alice.',
      'Read the documents of the office',
      'Pay money back to customers',
      '127.0.0.1:43210',
      'a program on your own computer',
    ]) {
      expect(page.text).toContain(part)
    }
    expect(page.text).not.toContain('Look up customers')
  })

  test('shows apart what bob may not give', async () => {
    const { page } = await consentOf('bob', {
      scope: 'documents:read refunds:write',
    })
    const [before = '', after = ''] = page.text.split('which bob may not give')
    expect(before).toContain('documents:read')
    expect(before).not.toContain('refunds:write')
    expect(after).toContain('refunds:write')
  })

  test('offers bob nothing to allow when he may give none of it', async () => {
    const browser = await consentOf('bob', { scope: 'refunds:write' })
    expect(browser.page.text).not.toContain('value="allow"')
    const back = new URL(await browser.press('allow')).searchParams
    expect(back.get('error')).toBe('access_denied')
    expect(back.get('iss')).toBe(issuer.url)
    expect(back.get('state')).toBe(client.state)
  })

  test('is shown each time, also to whoever is logged in', async () => {
    const browser = await consentOf('alice')
    await browser.press('allow')
    await browser.visit(await client.url())
    expect(browser.page.text).toContain('value="allow"')
    const back = await browser.visit(await client.url({ prompt: 'none' }))
    expect(back).toContain('error=consent_required')
  })

  test('can be denied', async () => {
    const browser = await consentOf('alice')
    const back = new URL(await browser.press('deny')).searchParams
    expect(back.get('error')).toBe('access_denied')
    expect(back.get('iss')).toBe(issuer.url)
    expect(back.get('state')).toBe(client.state)
    expect(back.get('code')).toBeNull()
  })

  test('lets somebody else take over', async () => {
    const browser = await consentOf('bob', { scope: 'refunds:write' })
    await browser.press('switch')
    expect(browser.page.text).toContain('name="password"')
    const back = await browser.press('login', {
      login: 'alice',
      password: passwords.alice,
    })
    expect(browser.page.text).toContain('You are logged in as alice.')
    expect(back).toContain(issuer.url)
    const { searchParams } = new URL(await browser.press('allow'))
    expect(searchParams.get('code')).toBeTruthy()
  })

  test('is for whoever logged in last', async () => {
    const browser = await consentOf('bob')
    await browser.press('allow')
    await browser.visit(await client.url({ prompt: 'login' }))
    await browser.press('login', { login: 'alice', password: passwords.alice })
    expect(browser.page.text).toContain('You are logged in as alice.')
    const back = new URL(await browser.press('allow')).searchParams
    expect(back.get('code')).toBeTruthy()
  })
})

describe('two tabs of one browser', () => {
  const open = async () => {
    const first = new Browser(send)
    const second = first.tab()
    for (const tab of [first, second]) await tab.visit(await client.url())
    return [first, second] as const
  }
  const login = (tab: Browser, person: keyof typeof passwords) =>
    tab.press('login', { login: person, password: passwords[person] })
  const allow = async (tab: Browser) =>
    new URL(await tab.press('allow')).searchParams.get('code')

  test('in which two people log in end with the one who came last', async () => {
    const [first, second] = await open()
    await login(first, 'alice')
    await login(second, 'bob')
    expect(second.page.text).toContain('You are logged in as bob.')
    expect(await allow(second)).toBeTruthy()
    // Whoever was there before has a page that says so, and can begin again.
    await first.press('allow').catch(() => {})
    expect(first.page.status).toBe(400)
    expect(first.page.text).toContain('start again')
    await first.visit(await client.url())
    expect(first.page.text).toContain('You are logged in as bob.')
  })

  test('in which two people log in at once show each a page that works', async () => {
    const [first, second] = await open()
    await Promise.all([login(first, 'alice'), login(second, 'bob')])
    for (const tab of [first, second]) {
      expect(tab.page.text).toMatch(/You are logged in as (alice|bob)\./)
    }
  })

  test('serve one person who logs in at both', async () => {
    const [first, second] = await open()
    await login(first, 'alice')
    await login(second, 'alice')
    for (const tab of [first, second]) expect(await allow(tab)).toBeTruthy()
  })
})

describe('a password', () => {
  test('that is wrong opens nothing, and does not say what was wrong', async () => {
    const browser = new Browser(send)
    await browser.visit(await client.url())
    const texts = []
    for (const login of ['alice', 'nobody-here']) {
      await browser.press('login', { login, password: 'wrong' })
      expect(browser.page.status).toBe(403)
      texts.push(/class="problem"[^<]*/.exec(browser.page.text)?.[0])
    }
    expect(texts[0]).toBe(texts[1])
  })

  test('opens nothing under a name in other capitals', async () => {
    const browser = new Browser(send)
    await browser.visit(await client.url())
    for (const login of ['ALICE', 'Alice']) {
      await browser.press('login', { login, password: passwords.alice })
      expect(browser.page.status).toBe(403)
    }
  })

  test('cannot be guessed for long, and the honest is told when to come back', async () => {
    const browser = new Browser(send)
    await browser.visit(await client.url())
    let tries = 0
    while (browser.page.status !== 429 && tries < 15) {
      await browser.press('login', { login: 'bob', password: 'wrong' })
      tries += 1
    }
    expect(tries).toBe(11)
    const wait = Number(browser.page.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(600)
    await browser.press('login', { login: 'alice', password: passwords.alice })
    expect(browser.page.text).toContain('value="allow"')
  })
})

describe('guesses of strangers', () => {
  const from = (address: string) => new Browser(createFetch(ca, address))
  const login = async (browser: Browser, password: string) => {
    await browser.visit(await client.url({ prompt: 'login' }))
    await browser.press('login', { login: 'alice', password })
    return browser.page.status
  }
  /** Wrong passwords until one address is refused; answers how many. */
  async function guess(address: string, most = 20): Promise<number> {
    const browser = from(address)
    await browser.visit(await client.url())
    for (let tries = 0; tries < most; tries += 1) {
      await browser.press('login', { login: 'alice', password: 'wrong' })
      if (browser.page.status === 429) return tries
    }
    return most
  }

  test('lock nobody out who comes from elsewhere, and have ever fewer tries', async () => {
    const home = from('127.0.5.1')
    expect(await login(home, passwords.alice)).toBe(200)
    const guesses = await Promise.all(
      Array.from({ length: 10 }, (_, n) => guess(`127.0.6.${n + 1}`)),
    )
    expect(guesses).toEqual(Array(10).fill(10))
    // From an address that never guessed, the right password is taken.
    const begun = Date.now()
    expect(await login(from('127.0.5.2'), passwords.alice)).toBe(200)
    expect(Date.now() - begun).toBeGreaterThan(1_900)
    expect(await guess('127.0.6.11')).toBe(3)
    // A device that alice has signed in from neither waits nor is refused,
    // where the address is that of the guessers, too.
    expect(await login(from('127.0.6.1'), passwords.alice)).toBe(429)
    const again = Date.now()
    expect(
      await login(home.at(createFetch(ca, '127.0.6.1')), passwords.alice),
    ).toBe(200)
    expect(Date.now() - again).toBeLessThan(1_900)
  })

  test('are no easier with the cookie of a device, real or made up', async () => {
    const home = from('127.0.7.1')
    expect(await login(home, passwords.alice)).toBe(200)
    let tries = 0
    while ((await login(home, 'wrong')) === 403 && tries < 40) tries += 1
    // Ten that are the device's, and what any address has.
    expect(tries).toBeLessThanOrEqual(20)
    const made = from('127.0.7.2')
    made.keep('__Host-device', 'a.b')
    let others = 0
    while ((await login(made, 'wrong')) === 403 && others < 40) others += 1
    expect(others).toBeLessThanOrEqual(10)
  })

  test('are no easier with the cookie of a device that another person has', () => {
    const devices = new Devices('a key')
    const cookie = devices.mint('bob')
    expect(devices.read(cookie, 'bob')).toBeTruthy()
    expect(devices.read(cookie, 'alice')).toBeUndefined()
  })

  test('are not forgotten when whoever guesses logs in between them', async () => {
    const guesses = new Guesses()
    const address = '192.0.2.1'
    const own = { address, name: 'bob' }
    let tries = 0
    // A name each time: what is told here is the limit of the address.
    while (tries < 40) {
      const guess = { address, name: `name-${tries}` }
      if ((await guesses.try(guess)) > 0) break
      await guesses.blame(guess)
      tries += 1
      if ((await guesses.try(own)) === 0) await guesses.forgive(own)
    }
    expect(tries).toBe(30)
  })
})

describe('the edge', () => {
  test.each([
    ['GET', '/', 404],
    ['GET', '/token/', 404],
    ['GET', '/Token', 404],
    ['POST', '/register', 404],
    ['GET', '/session/end/confirm', 404],
    ['PUT', '/token', 405],
    ['POST', '/auth', 405],
    ['DELETE', '/jwks', 405],
    ['GET', '/introspect', 405],
    ['POST', '/healthz', 405],
    ['GET', '/healthz', 200],
    ['GET', '/style.css', 200],
    ['GET', '/interaction/nothing', 400],
  ])('%s %s is answered %i', async (method, path, status) => {
    const res = await send(issuer.url + path, { method })
    expect(res.status).toBe(status)
    expect(res.headers.get('x-powered-by')).toBeNull()
    expect(await res.text()).not.toMatch(/node_modules|\bat /)
  })

  test('nothing advertised follows what a request says of itself', async () => {
    const url = `${issuer.url}/.well-known/oauth-authorization-server`
    const plain = await (await send(url)).text()
    const res = await send(url, {
      headers: {
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'http',
        forwarded: 'host=evil.example',
      },
    })
    expect(await res.text()).toBe(plain)
    const other = url.replace('localhost', '127.0.0.1')
    expect((await send(other)).status).toBe(403)
  })

  test('a body that is too large is not read', async () => {
    const body = 'x'.repeat(100_000)
    const said = await client.token({}, { body })
    expect(said.status).toBe(413)
  })
})

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { catalogue, languages, type Step } from 'guardcheck'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attacks } from '../src/attack/list.ts'
import type { TourCell } from '../src/attack/run.ts'
import type { Judged } from '../src/page/api.ts'
import { compareSteps } from '../src/page/compare.ts'
import type { Message } from '../src/page/flow.ts'
import { listLessons, render } from '../src/page/lesson.ts'
import { recordedFolder } from '../src/page/record.ts'
import { type OpenPage, openPage } from '../src/page/server.ts'
import { folderOf, listSteps } from '../src/repository.ts'

let page: OpenPage
beforeAll(async () => {
  page = await openPage({ lang: 'en', port: 0 })
})
afterAll(() => page.close())

const token = () => page.url.hash.slice('#token='.length)

const ask = (
  path: string,
  headers: Record<string, string> = { Authorization: `Bearer ${token()}` },
  method = 'GET',
) => fetch(new URL(path, page.url), { headers, method, redirect: 'manual' })

const readSeen = async (answer: Response) => (await answer.json()) as TourCell

/** The status of a request whose path and Host no browser would send. */
async function knock(path: string, host: string): Promise<string> {
  const socket = connect(Number(page.url.port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
  )
  let answer = ''
  for await (const bytes of socket) answer += bytes
  return answer.slice('HTTP/1.1 '.length).slice(0, 3)
}

describe('the API of the page', () => {
  const paths = [
    'api/catalogue',
    'api/diff/0/1',
    'api/attacks/read-salaries/0',
    'api/properties/0',
    'api/flow',
    'api/exercise',
    'api/rotation',
    'api/rotation/rotate',
    'api/nothing',
  ]

  test.each(paths)('%s is answered 401 without the token', async (path) => {
    for (const method of ['GET', 'POST']) {
      const given = [{}, { Authorization: 'Bearer wrong' }]
      for (const headers of given as Record<string, string>[]) {
        const { status } = await ask(path, headers, method)
        expect(status).toBe(401)
      }
    }
  })

  test('takes no token from a query', async () => {
    const path = `api/catalogue?token=${token()}&access_token=${token()}`
    expect((await ask(path, {})).status).toBe(401)
  })

  test('answers a foreign Origin 403, with the token as well', async () => {
    const right = { Authorization: `Bearer ${token()}` }
    const { origin } = page.url
    for (const [Origin, status] of [
      ['https://evil.example', 403],
      ['null', 403],
      [origin, 200],
    ] as const) {
      const answer = await ask('api/catalogue', { ...right, Origin })
      expect(answer.status).toBe(status)
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  test('answers a foreign Host 421, on every path', async () => {
    const { host, port } = page.url
    for (const path of ['/', '/api/catalogue']) {
      expect(await knock(path, `evil.example:${port}`)).toBe('421')
      expect(await knock(path, `127.0.0.1`)).toBe('421')
    }
    expect(await knock('/', host)).toBe('200')
  })

  test.each([
    'api/attacks/nope/0',
    'api/attacks/read-salaries/9',
    'api/attacks/read-salaries',
    'api/properties/9',
    'api/rotation/nope',
    'api/flow/x',
    'api/exercise/1',
  ])('%s is answered 404: only what has a name is run', async (path) => {
    const { status } = await ask(path, undefined, 'POST')
    expect(status).toBe(404)
  })

  test('runs an attack only when it is posted', async () => {
    const path = 'api/attacks/read-salaries/0'
    const { status, headers } = await ask(path)
    expect([status, headers.get('allow')]).toEqual([405, 'POST'])
  })

  test('runs an attack, shows the exchange, and remembers it', async () => {
    const path = 'api/attacks/read-salaries/'
    const answers = [0, 1].map((step) =>
      ask(`${path}${step}`, undefined, 'POST').then(readSeen),
    )
    const [open, closed] = await Promise.all(answers)
    expect(open).toMatchObject({ breached: true, step: 0 })
    expect(open?.exchanges[0]?.sent).toContain('POST /mcp HTTP/1.1')
    expect(open?.reached?.ja).toContain('給与')
    expect(closed).toMatchObject({ breached: false })
    expect(closed?.exchanges[0]?.received).toContain('401')
    const answer = await ask('api/catalogue')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const { seen } = (await answer.json()) as { seen: TourCell[] }
    expect(seen).toHaveLength(2)
  })

  test('shows what it ran against as ended once it is closed', async () => {
    const other = await openPage({ lang: 'en', port: 0 })
    const headers = { Authorization: `Bearer ${other.url.hash.slice(7)}` }
    const path = new URL('api/attacks/read-salaries/0', other.url)
    const answer = await fetch(path, { method: 'POST', headers })
    const { exchanges } = await readSeen(answer)
    const [, host = ''] = /Host: (\S+)/.exec(`${exchanges[0]?.sent}`) ?? []
    expect((await fetch(`http://${host}/mcp`)).status).toBe(405)
    await other.close()
    await expect(fetch(`http://${host}/mcp`)).rejects.toThrow()
    await expect(fetch(other.url)).rejects.toThrow()
  })
})

describe('what the page serves to everybody', () => {
  test.each(['/', '/style.css', '/main.js', '/lessons/en/1-bearer'])(
    '%s comes with a policy that lets nothing inline run',
    async (path) => {
      const { status, headers } = await ask(path, {})
      expect(status).toBe(200)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("script-src 'self';")
      expect(policy).not.toContain('unsafe')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    },
  )

  test.each(languages)('the pictures of the lessons in %s', async (lang) => {
    const lesson = await ask(`/lessons/${lang}/1-bearer`, {})
    const [, name] = /<img src="([\w-]+\.svg)"/.exec(await lesson.text()) ?? []
    const { status, headers } = await ask(`/lessons/${lang}/${name}`, {})
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('image/svg+xml')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toBe("default-src 'none'; style-src 'unsafe-inline'")
  })

  test.each([
    '/../package.json',
    '/..%2fpackage.json',
    '/%2e%2e/package.json',
    '/lessons/en/../../package',
    '/lessons/en/..%2f..%2fREADME',
    '/lessons/../en/1-bearer',
    '/lessons/constructor/1-bearer',
    '//etc/passwd',
  ])('%s leads to nothing', async (path) => {
    expect(await knock(path, page.url.host)).toBe('404')
  })

  test('is read, and nothing else', async () => {
    const { status } = await ask('/', {}, 'POST')
    expect(status).toBe(405)
  })

  test.each(languages)('holds every lesson in %s', async (lang) => {
    const asked = new Set<string>()
    for (const { name, title } of listLessons(lang)) {
      asked.add(`/lessons/${lang}/${name}`)
      const answer = await ask(`/lessons/${lang}/${name}`, {})
      expect(answer.status).toBe(200)
      const text = await answer.text()
      expect(text).toContain(`<html lang="${lang}">`)
      expect(title).not.toBe('')
      expect(text).not.toContain('<!-- ')
      for (const [, href = ''] of text.matchAll(/<a [^>]*href="([^"#]+)/g)) {
        if (/^https?:/.test(href)) continue
        expect(href).not.toMatch(/\.md$/)
        const { pathname } = new URL(href, answer.url)
        if (asked.has(pathname)) continue
        asked.add(pathname)
        expect([href, (await ask(pathname, {})).status]).toEqual([href, 200])
      }
    }
  })
})

describe('a lesson', () => {
  test('has the words of its code marked', async () => {
    const html = await render('```ts\nconst a = "<b>"\n```\n')
    expect(html).toContain('<span class="is-keyword">const</span>')
    expect(html).toContain('&#x3C;b>')
    expect(html).not.toContain('style=')
  })

  test('shows a script as text', async () => {
    const html = await render(
      '# a\n\n<script>alert(1)</script>\n\nb <img onerror=x>',
    )
    expect(html).toContain('&#x3C;script>alert(1)')
    expect(html).not.toMatch(/<(script|img)/)
  })

  test('leads nowhere by a script in a link', async () => {
    const html = await render('[a](javascript:alert(1)) [b](data:text/html,x)')
    expect(html).not.toMatch(/javascript:|data:/)
  })
})

describe('a diff', () => {
  test('has the file of the house first, and frozen ones unchanged', async () => {
    const files = await compareSteps(0, 1)
    expect(files.slice(0, 3).map(({ file, state }) => [file, state])).toEqual([
      ['app.ts', 'changed'],
      ['guard.ts', 'added'],
      ['tokens.ts', 'added'],
    ])
    const tools = files.find(({ file }) => file === 'tools.ts')
    expect(tools).toMatchObject({ state: 'unchanged', added: 0, deleted: 0 })
  })

  test('gives either step back, line by line', async () => {
    for (const { file, lines } of await compareSteps(1, 3)) {
      const numbers = (side: 1 | 2) =>
        lines.map((line) => line[side]).filter((number) => number > 0)
      for (const side of [1, 2] as const) {
        const expected = numbers(side).map((_, index) => index + 1)
        expect([file, numbers(side)]).toEqual([file, expected])
        if (expected.length === 0) continue
        const text = lines
          .filter((line) => line[side] > 0)
          .map(([, , , pieces]) => pieces.map((piece) => [piece].flat()[0]))
          .map((parts) => `${parts.join('')}\n`)
        const path = join(folderOf(side === 1 ? 1 : 3), 'src', file)
        expect(text.join('')).toBe(readFileSync(path, 'utf8'))
      }
    }
  })
})

describe('an attack', () => {
  const ids = catalogue.map(({ id }) => `${id}`)
  test.each(attacks)('$name touches properties that exist', ({ touches }) => {
    expect(touches.length).toBeGreaterThan(0)
    for (const id of touches) expect(ids).toContain(id)
  })
})

describe('the recorded run', () => {
  const read = (name: string) =>
    JSON.parse(readFileSync(join(recordedFolder, `${name}.json`), 'utf8'))

  test('has every attack at every step, as the series claims', () => {
    const { seen, recorded } = read('attacks') as {
      seen: TourCell[]
      recorded: string
    }
    expect(Date.parse(recorded)).toBeLessThanOrEqual(Date.now())
    for (const { name, heldFrom } of attacks) {
      const outcomes = listSteps().map(
        (step) =>
          seen.find((one) => one.name === name && one.step === step)?.breached,
      )
      const expected = listSteps().map((step) => step < heldFrom)
      expect([name, outcomes]).toEqual([name, expected])
    }
  })

  test('has no verdict that is other than the catalogue says', () => {
    const { results } = read('properties') as {
      results: (Judged & { step: Step })[]
    }
    const wrong = results.filter(({ id, step, verdict }) => {
      const property = catalogue.find((property) => property.id === id)
      if (!property || verdict === 'not-applicable') return false
      return (verdict === 'holds') !== step >= property.since
    })
    expect(wrong).toEqual([])
    const held = results.filter(({ verdict }) => verdict === 'holds')
    expect(held.length).toBeGreaterThan(100)
  })

  test('shows a sign-in without its secrets', () => {
    const { messages } = read('flow') as { messages: Message[] }
    const text = messages.map(({ sent, received }) => sent + received).join()
    expect(text).toContain('code=‹secret›')
    expect(text).toContain('password=‹secret›')
    expect(text).toContain('"access_token":"‹secret›"')
    expect(text).toContain('Cookie: ')
    expect(text).not.toMatch(/Cookie: [^\r\n]*=[^‹]/)
    expect(messages.flatMap(({ claims }) => claims)).not.toHaveLength(0)
  })
})

import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { takeLock } from '../src/lock.ts'
import {
  Client,
  cleanUp,
  folder,
  introspect,
  passwords,
  run,
  send,
  startIssuer,
} from './issuer.ts'
import { Browser } from './wire.ts'

afterAll(cleanUp)

test('of commands that find the lock of a killed one, one at a time has the file', async () => {
  const places = Array.from({ length: 10 }, (_, n) => join(folder, `left-${n}`))
  const most = places.map(async (place) => {
    mkdirSync(`${place}.lock`)
    utimesSync(`${place}.lock`, 1, 1)
    let [inside, most] = [0, 0]
    const commands = Array.from({ length: 6 }, async (_, n) => {
      await setTimeout(n)
      const unlock = await takeLock(place)
      inside += 1
      most = Math.max(most, inside)
      await setTimeout(20)
      inside -= 1
      await unlock()
    })
    await Promise.all(commands)
    return most
  })
  expect(await Promise.all(most)).toEqual(places.map(() => 1))
})

test('a log-in costs as much work for a name that nobody has', async () => {
  // In a process of its own: this one works for other tests, too.
  const measure = `
    import { writeFileSync } from 'node:fs'
    import { hashPassword } from './src/passwords.ts'
    import { People } from './src/people.ts'
    const [file] = process.argv.slice(1)
    const password = await hashPassword('a-password')
    const person = { name: 'alice', password, scopes: [] }
    writeFileSync(file, JSON.stringify([person]), { mode: 0o600 })
    const people = new People(file)
    const work = async (name) => {
      const before = process.cpuUsage()
      await people.login(name, 'wrong')
      const { user, system } = process.cpuUsage(before)
      return user + system
    }
    await work('alice')
    const [known, nobody] = [await work('alice'), await work('nobody-here')]
    console.log(nobody / known)`
  const file = join(folder, 'costly.json')
  const args = ['-e', measure, file]
  const { stdout, stderr } = await run('--input-type=module', {}, args)
  expect(stderr).toBe('')
  expect(Number(stdout)).toBeGreaterThan(0.5)
  expect(Number(stdout)).toBeLessThan(2)
})

describe('person', () => {
  const state = join(folder, 'people')
  const person = (args: string[], input = '') =>
    run('bin/person.ts', { ISSUER_DIR: state }, args, input)

  test('adds, lists and removes people of a server that runs', async () => {
    expect(
      await person(
        ['add', 'alice', '--scope', 'documents:read'],
        passwords.alice,
      ),
    ).toMatchObject({ status: 0, stdout: '', stderr: '' })
    const issuer = await startIssuer({
      ISSUER_DIR: state,
      ISSUER_PEOPLE_FILE: '',
    })
    const client = await Client.of(issuer)
    const made = await person([
      'add',
      'carol',
      '--scope',
      'stock:read',
      'documents:read',
    ])
    expect(made.status).toBe(0)
    const browser = new Browser(send)
    await browser.visit(
      await client.url({ scope: 'stock:read documents:read' }),
    )
    await browser.press('login', {
      login: 'carol',
      password: made.stdout.trim(),
    })
    const back = new URL(await browser.press('allow')).searchParams
    const tokens = await client.redeem(back)
    expect(tokens.scope).toBe('stock:read documents:read')
    expect((await person(['list'])).stdout).toMatch(/^alice .*\ncarol .*\n$/)
    const file = join(state, 'people.json')
    const people: { scopes: string[] }[] = JSON.parse(
      readFileSync(file, 'utf8'),
    )
    for (const one of people) one.scopes = ['stock:read']
    writeFileSync(file, JSON.stringify(people))
    const narrower = await client.refresh(tokens.refresh_token)
    expect(narrower.scope).toBe('stock:read')
    expect((await person(['remove', 'carol'])).status).toBe(0)
    expect((await introspect(issuer, narrower.access_token)).active).toBe(false)
    expect((await client.refresh(narrower.refresh_token)).status).toBe(400)
    // Whoever is gone is logged in no more, and another can be.
    await browser.visit(await client.url())
    expect(browser.page.text).toContain('name="password"')
    await browser.press('login', {
      login: 'alice',
      password: passwords.alice,
    })
    expect(browser.page.text).toContain('You are logged in as alice.')
    await issuer.stop()
  })

  test.concurrent.each([
    [['add', 'alice'], 'another-password', /alice is there already/],
    [['add', 'dave'], 'short', /at least 8/],
    [['add', 'a b'], 'long-enough', /entry 2: name/],
    [['remove', 'nobody'], '', /nobody is nobody here/],
  ])('%j is refused in a sentence', async (args, input, why) => {
    const { status, stderr, stdout } = await person(args, input)
    expect(status).toBe(1)
    expect(stderr).toMatch(why)
    expect(stdout).toBe('')
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})

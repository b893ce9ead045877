import { describe, expect, test } from 'vitest'
import { startIssuer } from '../src/issuer.ts'
import { openPair, sharedPair } from '../src/pair.ts'
import { findPort } from '../src/port.ts'
import { runProxy } from '../src/proxy.ts'
import { NotStarted, startServer, stepFolder } from '../src/step.ts'
import { openStock } from '../src/stock.ts'
import { startSubject } from '../src/subject.ts'
import { startTrusting } from '../src/trusting.ts'
import { openFolder, openWhole } from '../src/whole.ts'
import { openRoom } from './room.ts'

const says = "console.error('It is broken.'); process.exit(3)"
const resource = 'https://localhost:3003/mcp'

/** Ways to start something, with a folder of which nothing starts. */
const starts: Record<string, (broken: string) => Promise<unknown>> = {
  'a server': (broken) => startServer(broken, {}),
  'a server that is judged': (broken) => startSubject(broken),
  'a server beside an issuer': (broken) => startTrusting(broken),
  'a server whose issuer is broken': (broken) =>
    startTrusting(stepFolder(3), broken),
  'an issuer that cannot take people in': async (broken) =>
    startIssuer({ pair: await sharedPair(), resource, folder: broken }),
}

describe.each(Object.entries(starts))('%s', (_name, start) => {
  test('that does not start is told with what it printed, and leaves nothing behind', async () => {
    const { write, listLeft } = openRoom()
    const broken = write({
      'src/main.ts': says,
      // What has this one is taken for step 3.
      'src/tls.ts': '',
      'bin/person.ts': says,
    })
    const error = await start(broken).catch((failed: NotStarted) => failed)
    expect(error).toBeInstanceOf(NotStarted)
    expect(error).toHaveProperty('output', expect.stringContaining('broken'))
    await expect.poll(listLeft).toEqual([])
  })
})

test('an issuer that refuses its settings leaves nothing behind', async () => {
  const { listLeft } = openRoom()
  const env = { ISSUER_RESOURCES: 'nowhere' }
  const start = startIssuer({ pair: await sharedPair(), resource, env })
  await expect(start).rejects.toThrow('ISSUER_RESOURCES')
  await expect.poll(listLeft).toEqual([])
})

test('a stock API whose credential cannot be written does not go on', async () => {
  const { listLeft } = openRoom()
  await expect(openStock('/no/such/folder')).rejects.toThrow('ENOENT')
  await expect.poll(listLeft).toEqual([])
})

test('a proxy that does not listen is told with what it printed, and leaves nothing behind', async () => {
  const { write, listLeft } = openRoom()
  const home = write({ 'proxy.mjs': '' })
  const pair = await sharedPair()
  const proxy = { name: process.execPath, file: 'proxy.mjs', command: [] }
  const start = runProxy(proxy, says, home, pair, await findPort())
  await expect(start).rejects.toThrow('It is broken.')
  await expect.poll(listLeft).toEqual([])
})

test('a pair is gone when it is stopped', async () => {
  const { listLeft } = openRoom()
  const pair = await openPair()
  expect(listLeft()).toHaveLength(1)
  await pair.stop()
  expect(listLeft()).toEqual([])
})

test('parts are ended in the reverse of their order, whatever becomes of one', async () => {
  const ended: string[] = []
  const { stop } = await openWhole(async (defer) => {
    defer(() => ended.push('first'))
    defer(() => Promise.reject(new Error('It does not end.')))
    defer(() => ended.push('last'))
    return {}
  })
  expect(ended).toEqual([])
  await expect(stop()).rejects.toThrow('It does not end.')
  expect(ended).toEqual(['last', 'first'])
  await stop()
  expect(ended).toEqual(['last', 'first'])
})

test('a part that fails to open is told, though another does not end', async () => {
  const { listLeft } = openRoom()
  const opening = openWhole(async (defer) => {
    await openFolder('part', defer)
    defer(() => Promise.reject(new Error('It does not end.')))
    throw new Error('It does not open.')
  })
  await expect(opening).rejects.toThrow('It does not open.')
  expect(listLeft()).toEqual([])
})

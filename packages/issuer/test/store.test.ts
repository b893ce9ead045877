import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Store } from '../src/store.ts'
import { cleanUp, folder } from './issuer.ts'

let store: Store

beforeAll(() => {
  store = new Store(join(folder, 'store'))
})
afterAll(async () => {
  await store.close()
  cleanUp()
})

describe('the store', () => {
  test('gives a form token back once', async () => {
    await store.put('Form', 'a', 'token', 60)
    const taken = await Promise.all([
      store.take('Form', 'a'),
      store.take('Form', 'a'),
    ])
    expect(taken.filter(Boolean)).toEqual(['token'])
  })

  test('forgets what has expired, and nothing else', async () => {
    const sessions = store.adapter('Session')
    await sessions.upsert('short', { uid: 'u1' }, 1)
    await sessions.upsert('long', { uid: 'u2' }, 60)
    await store.sweep(Date.now() + 2000)
    expect(await sessions.find('short')).toBeUndefined()
    expect(await sessions.findByUid('u1')).toBeUndefined()
    expect(await sessions.findByUid('u2')).toEqual({ uid: 'u2' })
  })

  test('keeps no token whose grant was revoked meanwhile', async () => {
    const tokens = store.adapter('AccessToken')
    await store.adapter('Grant').upsert('g', {}, 60)
    await tokens.upsert('t', { grantId: 'g' }, 60)
    expect(await tokens.find('t')).toEqual({ grantId: 'g', jti: 't' })
    await tokens.revokeByGrantId('g')
    expect(await tokens.find('t')).toBeUndefined()
    await expect(tokens.upsert('t2', { grantId: 'g' }, 60)).rejects.toThrow(
      'invalid_grant',
    )
  })

  test('lets one of two racing uses through, and ends the grant', async () => {
    const codes = store.adapter('AuthorizationCode')
    await store.adapter('Grant').upsert('g2', {}, 60)
    await codes.upsert('c', { grantId: 'g2' }, 60)
    const uses = await Promise.allSettled([
      codes.consume('c'),
      codes.consume('c'),
    ])
    expect(uses.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'rejected',
    ])
    expect(await codes.find('c')).toBeUndefined()
    expect(await store.adapter('Grant').find('g2')).toBeUndefined()
  })

  test('forgets what has expired among very many, however it is spread', async () => {
    const sessions = store.adapter('Session')
    const ids = Array.from({ length: 1_700 }, (_, n) => `many${n}`)
    await Promise.all(
      ids.map((id, n) =>
        sessions.upsert(id, { uid: `u-${id}` }, n % 3 ? 1 : 60),
      ),
    )
    await store.sweep(Date.now() + 2_000)
    const left = await Promise.all(ids.map((id) => sessions.find(id)))
    expect(left.map(Boolean)).toEqual(ids.map((_, n) => n % 3 === 0))
  })

  test('forgets a form with the interaction that it belongs to', async () => {
    const interactions = store.adapter('Interaction')
    await interactions.upsert('i', {}, 60)
    await store.put('Form', 'i', 'token', 60)
    await interactions.destroy('i')
    expect(await store.take('Form', 'i')).toBeUndefined()
  })

  test('holds a bounded number of clients: an unused one gives way, a used one stays', async () => {
    const clients = store.adapter('Client')
    const add = (n: number) => clients.upsert(`c${n}`, { client_id: `c${n}` })
    const used = [0, 1, 2]
    for (const n of used) {
      await add(n)
      await store.adapter('Grant').upsert(`g${n}`, { clientId: `c${n}` }, 60)
    }
    for (let n = 3; n < 503; n += 1) await add(n)
    const found = await Promise.all(
      Array.from({ length: 503 }, (_, n) => clients.find(`c${n}`)),
    )
    expect(found.filter(Boolean)).toHaveLength(500)
    expect(found.map(Boolean)).toEqual([
      ...used.map(() => true),
      ...[3, 4, 5].map(() => false),
      ...Array(497).fill(true),
    ])
    // Whom nobody uses is forgotten in a day, and others later.
    await store.sweep(Date.now() + 2 * 24 * 60 * 60 * 1000)
    expect(await clients.find('c502')).toBeUndefined()
    for (const n of used) expect(await clients.find(`c${n}`)).toBeTruthy()
  })

  test('forgets a client in a day whose page was opened, and nothing allowed', async () => {
    const clients = store.adapter('Client')
    await clients.upsert('shown', { client_id: 'shown' })
    await store
      .adapter('Interaction')
      .upsert('page', { params: { client_id: 'shown' } }, 60)
    await store.sweep(Date.now() + 2 * 24 * 60 * 60 * 1000)
    expect(await clients.find('shown')).toBeUndefined()
  })
})

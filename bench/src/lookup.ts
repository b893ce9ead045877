import { mintSecret } from '../../packages/step-2/bin/mint.ts'
import { digestOf } from '../../packages/step-2/src/keys.ts'
import { TokenStore } from '../../packages/step-2/src/tokens.ts'
import type { Findings, Scale } from './results.ts'
import { divide, measureAll, type Spread } from './rounds.ts'
import type { Bench } from './servers.ts'

const sizes = [1, 1000, 100_000, 1_000_000]

/** The time that it takes to find whose a secret is, among many or alone. */
export async function measureLookup(
  _bench: Bench,
  scale: Scale,
): Promise<Findings> {
  const candidates = sizes.flatMap((count) => {
    const { secrets, store } = createStore(count)
    const last = secrets.slice(-1)
    const same = { id: `${count}`, measure: () => look(store, last, scale) }
    // What is looked up once in a while is in no cache of the processor.
    const any = {
      id: `any-${count}`,
      measure: () => look(store, secrets, scale),
    }
    return count === 1 ? [same] : [same, any]
  })
  const costs = await measureAll(candidates, scale)
  const ratios: Record<string, Spread> = {}
  for (const { id } of candidates) {
    if (id !== '1') ratios[id] = divide(costs, id, '1')
  }
  return { ratios }
}

/** A store of that many tokens, and secrets of some of them. */
function createStore(count: number) {
  const [notBefore, expiresAt] = [new Date(0), new Date('2100-01-01')]
  const secrets: string[] = []
  const store = new TokenStore()
  store.replace(
    Array.from({ length: count }, (_, index) => {
      const secret = mintSecret()
      if (index >= count - 10_000) secrets.push(secret)
      const digest = digestOf(secret)
      const name = `caller-${index}`
      return { name, digest, scopes: [], notBefore, expiresAt }
    }),
  )
  return { secrets, store }
}

/** Milliseconds of a round; the secrets are as new as from a header. */
async function look(
  store: TokenStore,
  secrets: string[],
  { calls }: Scale,
): Promise<{ ms: number }> {
  const fresh = Array.from({ length: calls }, () => {
    const secret = secrets[Math.floor(Math.random() * secrets.length)] ?? ''
    return Buffer.from(secret).toString('latin1')
  })
  const start = performance.now()
  for (const secret of fresh) {
    if (!(await store.verify(secret))) throw new Error('A caller is unknown.')
  }
  return { ms: performance.now() - start }
}

import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { log } from './audit.ts'
import { networkOf } from './network.ts'
import type { Store } from './store.ts'

/** Open at once: of one person or address, and of all addresses. */
const most = { ofOne: 100, ofStrangers: 2_000 }

/**
 * The interactions that wait for somebody. There are never too many of them,
 * and nobody is refused: the oldest gives way, of whoever has most.
 */
export class Waiting {
  readonly #store: Store
  /** Who began which, the oldest first. */
  readonly #begun = new Map<string, Map<string, string>>()
  /** Those of whoever has not logged in, of all addresses. */
  readonly #strangers = new Map<string, string>()

  constructor(store: Store) {
    this.#store = store
  }

  watch(provider: Provider): void {
    provider.on('interaction.started', (ctx) => {
      const { accountId } = ctx.oidc.session ?? {}
      if (accountId) return this.#add(`person ${accountId}`, uidOf(ctx))
      const who = `address ${networkOf(ctx.ip)}`
      this.#add(who, uidOf(ctx))
      this.#strangers.set(uidOf(ctx), who)
      if (this.#strangers.size > most.ofStrangers) this.#drop(this.#largest())
    })
    provider.on('interaction.ended', (ctx) => this.#forget(uidOf(ctx)))
  }

  #add(who: string, uid: string): void {
    const begun = this.#begun.get(who) ?? new Map()
    this.#begun.set(who, begun.set(uid, who))
    if (begun.size > most.ofOne) this.#drop(begun)
  }

  /** Those of the address that has most open: one page alone is the last. */
  #largest(): Map<string, string> {
    let largest = this.#strangers
    let size = 0
    for (const [who, begun] of this.#begun) {
      if (!who.startsWith('address ') || begun.size <= size) continue
      largest = begun
      size = begun.size
    }
    return largest
  }

  /** The oldest gives way. */
  #drop(begun: Map<string, string>): void {
    const [uid = ''] = begun.keys()
    this.#forget(uid, begun.get(uid))
    this.#store
      .adapter('Interaction')
      .destroy(uid)
      .catch(({ message }) => log.error({ event: 'store', why: message }))
  }

  #forget(uid: string, who = this.#strangers.get(uid) ?? ''): void {
    this.#strangers.delete(uid)
    const begun = this.#begun.get(who)
    begun?.delete(uid)
    if (begun?.size === 0) this.#begun.delete(who)
  }
}

const uidOf = ({ oidc }: KoaContextWithOIDC): string =>
  oidc.entities.Interaction?.uid ?? ''

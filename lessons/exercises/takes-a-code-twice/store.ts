import { createHash } from 'node:crypto'
import { open, type RootDatabase } from 'lmdb'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { errors } from './library.ts'

/** A record, and when it may be forgotten: milliseconds since the epoch. */
interface Entry {
  payload: AdapterPayload
  until: number
}

/** Kinds whose id is a secret that opens something: only digests are kept. */
const secret = ['AccessToken', 'AuthorizationCode', 'RefreshToken']

/** Kinds that die with their grant. */
const granted = ['AccessToken', 'AuthorizationCode', 'RefreshToken']

/** More than this many registered clients are refused. */
const maxClients = 500
const clientLife = 30 * 24 * 60 * 60

/** What the server remembers, on disk before any answer depends on it. */
export class Store {
  readonly #db: RootDatabase<Entry | string | true>

  constructor(path: string) {
    this.#db = open({ path, encoding: 'json', overlappingSync: false })
  }

  /** The library's view of one kind of record. */
  readonly adapter = (kind: string): Adapter => ({
    upsert: (id, payload, seconds) => this.#save(kind, id, payload, seconds),
    find: async (id) => this.#find(kind, id),
    findByUid: async (uid) => {
      const id = this.#db.get(['uid', uid])
      return typeof id === 'string' ? this.#find(kind, id) : undefined
    },
    findByUserCode: async () => undefined,
    consume: (id) => this.#consume(kind, id),
    destroy: (id) => this.#change(() => this.#remove(kind, keyOf(kind, id))),
    revokeByGrantId: (id) => this.#change(() => this.#revoke(id)),
  })

  /** Keeps one value for `seconds`; a later one replaces it. */
  async put(kind: string, id: string, value: string, seconds: number) {
    await this.#save(kind, id, { value }, seconds)
  }

  /** Gives a value back once: whoever asks next finds nothing. */
  async take(kind: string, id: string): Promise<string | undefined> {
    return this.#db.transaction(() => {
      const payload = this.#find(kind, id)
      this.#db.removeSync([kind, id])
      return payload?.value as string | undefined
    })
  }

  /** Forgets what has expired. */
  async sweep(now = Date.now()): Promise<void> {
    await this.#change(() => {
      for (const { key, value } of [...this.#db.getRange()]) {
        const entry = value as Entry
        const [kind, id] = key as [string, string]
        if (entry?.until < now) this.#remove(kind, id)
      }
    })
  }

  async close(): Promise<void> {
    await this.#db.close()
  }

  #change = async (edit: () => void): Promise<void> => {
    await this.#db.transaction(edit)
  }

  #find(kind: string, id: string): AdapterPayload | undefined {
    const entry = this.#db.get([kind, keyOf(kind, id)]) as Entry | undefined
    if (!entry || entry.until < Date.now()) return undefined
    return secret.includes(kind) ? { ...entry.payload, jti: id } : entry.payload
  }

  async #save(
    kind: string,
    id: string,
    { ...payload }: AdapterPayload,
    seconds = clientLife,
  ): Promise<void> {
    const until = Date.now() + seconds * 1000
    const key = keyOf(kind, id)
    if (secret.includes(kind)) delete payload.jti
    const fault = await this.#db.transaction(() => {
      const { grantId, uid } = payload
      if (granted.includes(kind) && grantId) {
        // The grant may have been revoked while this answer was prepared.
        if (!this.#db.get(['Grant', grantId])) return 'revoked'
        this.#db.putSync(['of', grantId, kind, key], true)
      }
      if (kind === 'Client' && this.#countClients() >= maxClients) return 'full'
      if (kind === 'Session' && uid) this.#db.putSync(['uid', uid], key)
      this.#db.putSync([kind, key], { payload, until })
    })
    if (fault === 'revoked') throw new errors.InvalidGrant('grant was revoked')
    if (fault) throw new errors.TemporarilyUnavailable('too many clients')
  }

  /** Marks a code or refresh token as used; of two racing uses, one fails. */
  async #consume(kind: string, id: string): Promise<void> {
    // Phones lose the answer and send the code again.
    if (kind === 'AuthorizationCode') return
    const key = [kind, keyOf(kind, id)]
    const first = await this.#db.transaction(() => {
      const entry = this.#db.get(key) as Entry | undefined
      if (!entry || entry.payload.consumed) {
        if (entry?.payload.grantId) this.#revoke(entry.payload.grantId)
        return false
      }
      entry.payload.consumed = Math.floor(Date.now() / 1000)
      this.#db.putSync(key, entry)
      return true
    })
    if (!first) throw new errors.InvalidGrant('already used')
  }

  /** Ends a grant, and with it every code and token that came of it. */
  #revoke(grantId: string): void {
    this.#db.removeSync(['Grant', grantId])
    for (const key of this.#membersOf(grantId)) {
      const [, , kind, id] = key
      this.#remove(kind, id)
    }
  }

  #remove(kind: string, key: string): void {
    const entry = this.#db.get([kind, key]) as Entry | undefined
    const { grantId, uid } = entry?.payload ?? {}
    if (grantId) this.#db.removeSync(['of', grantId, kind, key])
    if (kind === 'Session' && uid) this.#db.removeSync(['uid', uid])
    this.#db.removeSync([kind, key])
  }

  #membersOf(grantId: string) {
    const range = { start: ['of', grantId], end: ['of', grantId, '\uffff'] }
    return [...this.#db.getKeys(range)] as [string, string, string, string][]
  }

  #countClients(): number {
    return this.#db.getKeysCount({
      start: ['Client'],
      end: ['Client', '\uffff'],
    })
  }
}

/** Ids that come from outside can be longer than a key may be. */
const keyOf = (kind: string, id: string) =>
  secret.includes(kind) || id.length > 128
    ? createHash('sha256').update(id).digest('base64url')
    : id

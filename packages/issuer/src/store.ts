import { createHash, randomBytes } from 'node:crypto'
import { open, type RootDatabase } from 'lmdb'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { errors, Provider } from './library.ts'
import { networkOf } from './network.ts'

/** A record, and when it may be forgotten: milliseconds since the epoch. */
interface Entry {
  payload: AdapterPayload
  until: number
  /** Who registered it: of a client that nobody has allowed anything. */
  by?: string
}

type Key = [kind: string, id: string]

/** Kinds whose id is a secret that opens something: only digests are kept. */
const secret = ['AccessToken', 'AuthorizationCode', 'RefreshToken']

/** Kinds that die with their grant. */
const granted = ['AccessToken', 'AuthorizationCode', 'RefreshToken']

/** Beyond these, a client gives way: of whoever registered most. */
const maxClients = 500

/** Seconds; a client that somebody allowed something begins anew. */
const clientLife = 30 * 24 * 60 * 60
const unusedClientLife = 24 * 60 * 60

/** Records that are looked at, and forgotten, before others have a turn. */
const sweepSize = 500

/** What was last given for a refresh token of one grant. */
interface Rotation {
  /** The token that was used, by its key. */
  used: string
  /** The one that it was rotated to. */
  next: string
  /** Access tokens that came along, by their keys. */
  tokens: Set<string>
  until: number
}

/** What the server remembers, on disk before any answer depends on it. */
export class Store {
  readonly #db: RootDatabase<Entry | string | true>
  readonly #grace: number
  /** By grant, in memory: the store on disk knows no refresh token. */
  readonly #rotations = new Map<string, Rotation>()

  /**
   * `grace` is how many milliseconds a refresh token gives the same answer
   * again: until what it gave is used, which shows that it has arrived.
   */
  constructor(path: string, grace = 0) {
    this.#db = open({ path, encoding: 'json', overlappingSync: false })
    this.#grace = grace
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

  /**
   * The token that a refresh token is being rotated to.
   * @throws when what it was rotated to has been used, or revoked, meanwhile
   */
  nextOf(id: string, grantId: string): string {
    const rotation = this.#rotations.get(grantId)
    if (rotation?.used === keyOf('RefreshToken', id)) return rotation.next
    throw new errors.InvalidGrant('already used')
  }

  /** Forgets what has expired, a few records at a time. */
  async sweep(now = Date.now()): Promise<void> {
    for (const [grantId, { until }] of this.#rotations) {
      // Longer than any answer takes.
      if (until + 60_000 < now) this.#rotations.delete(grantId)
    }
    const isOver = (entry: unknown) => (entry as Entry)?.until < now
    let start: Key | undefined
    do {
      const old: Key[] = []
      let looked = 0
      let last: Key | undefined
      for (const { key, value } of this.#db.getRange({
        start,
        exclusiveStart: start !== undefined,
        limit: sweepSize,
      })) {
        looked += 1
        last = key as Key
        if (isOver(value)) old.push(last)
      }
      await this.#change(() => {
        for (const key of old) {
          // It may have been written anew meanwhile.
          if (isOver(this.#db.get(key))) this.#remove(key[0], key[1])
        }
      })
      start = looked < sweepSize ? undefined : last
    } while (start)
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
    if (!secret.includes(kind)) return entry.payload
    const key = keyOf(kind, id)
    const payload = { ...entry.payload, jti: id }
    const { grantId = '' } = payload
    if (this.#isInGrace(kind, key, payload)) delete payload.consumed
    // What is used has arrived: nobody honest needs it a second time.
    if (this.#rotations.get(grantId)?.tokens.has(key)) {
      this.#rotations.delete(grantId)
    }
    return payload
  }

  /** Whether a used refresh token may once more give what it gave. */
  #isInGrace(kind: string, key: string, { grantId }: AdapterPayload): boolean {
    const rotation = this.#rotations.get(grantId ?? '')
    return (
      kind === 'RefreshToken' &&
      rotation?.used === key &&
      Date.now() < rotation.until
    )
  }

  async #save(
    kind: string,
    id: string,
    { ...payload }: AdapterPayload,
    seconds = unusedClientLife,
  ): Promise<void> {
    const until = Date.now() + seconds * 1000
    const key = keyOf(kind, id)
    const by = kind === 'Client' ? networkOf(Provider.ctx?.ip) : undefined
    if (secret.includes(kind)) delete payload.jti
    const isRevoked = await this.#db.transaction(() => {
      const { grantId, uid } = payload
      if (granted.includes(kind) && grantId) {
        // The grant may have been revoked while this answer was prepared.
        if (!this.#db.get(['Grant', grantId])) return true
        // The same answer once more: what is there may have been used since.
        if (kind === 'RefreshToken' && this.#db.get([kind, key])) return
        this.#db.putSync(['of', grantId, kind, key], true)
        if (kind === 'AccessToken')
          this.#rotations.get(grantId)?.tokens.add(key)
      }
      if (kind === 'Grant') this.#keepClient(payload.clientId)
      if (kind === 'Client') this.#makeRoom()
      if (kind === 'Session' && uid) this.#db.putSync(['uid', uid], key)
      this.#db.putSync([kind, key], { payload, until, by })
    })
    if (isRevoked) throw new errors.InvalidGrant('grant was revoked')
  }

  /** Marks a code or refresh token as used; of two racing uses, one fails. */
  async #consume(kind: string, id: string): Promise<void> {
    const used = keyOf(kind, id)
    const key = [kind, used]
    const isGood = await this.#db.transaction(() => {
      const entry = this.#db.get(key) as Entry | undefined
      const { grantId = '', consumed } = entry?.payload ?? {}
      if (entry && this.#isInGrace(kind, used, entry.payload)) return true
      if (!entry || consumed) {
        if (grantId) this.#revoke(grantId)
        return false
      }
      entry.payload.consumed = Math.floor(Date.now() / 1000)
      this.#db.putSync(key, entry)
      if (kind === 'RefreshToken') {
        const next = randomBytes(32).toString('base64url')
        const until = Date.now() + this.#grace
        this.#rotations.set(grantId, { used, next, tokens: new Set(), until })
      }
      return true
    })
    if (!isGood) throw new errors.InvalidGrant('already used')
  }

  /** Ends a grant, and with it every code and token that came of it. */
  #revoke(grantId: string): void {
    this.#rotations.delete(grantId)
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
    if (kind === 'Interaction') this.#db.removeSync(['Form', key])
    this.#db.removeSync([kind, key])
  }

  #membersOf(grantId: string) {
    const range = { start: ['of', grantId], end: ['of', grantId, '\uffff'] }
    return [...this.#db.getKeys(range)] as [string, string, string, string][]
  }

  /** Somebody uses it: it is remembered as long as what they gave. */
  #keepClient(id: unknown): void {
    const key = ['Client', keyOf('Client', `${id}`)]
    const entry = this.#db.get(key) as Entry | undefined
    if (!entry) return
    const until = Date.now() + clientLife * 1000
    this.#db.putSync(key, { payload: entry.payload, until })
  }

  /**
   * Whoever registered most loses the oldest that nobody uses. One on
   * somebody's page goes after all others of theirs, and no sooner than that:
   * strangers can open pages, too. Clients that were allowed something are the
   * last.
   */
  #makeRoom(): void {
    const range = { start: ['Client'], end: ['Client', '\uffff'] }
    // The library of the store writes into what it is given.
    if (this.#db.getKeysCount({ ...range }) < maxClients) return
    const counts = new Map<string, number>()
    const clients = [...this.#db.getRange(range)].map(({ key, value }) => {
      const { by, until } = value as Entry
      if (by !== undefined) counts.set(by, (counts.get(by) ?? 0) + 1)
      return { key: key as Key, by, until }
    })
    const inUse = this.#clientsInUse()
    const countOf = ({ by }: { by?: string }) =>
      by === undefined ? 0 : (counts.get(by) ?? 0)
    const [first] = clients.sort(
      (a, b) =>
        countOf(b) - countOf(a) ||
        Number(inUse.has(a.key[1])) - Number(inUse.has(b.key[1])) ||
        a.until - b.until,
    )
    if (first) this.#remove(first.key[0], first.key[1])
  }

  /** Clients, by their keys, whose page somebody has open. */
  #clientsInUse(): Set<string> {
    const range = { start: ['Interaction'], end: ['Interaction', '\uffff'] }
    const keys = new Set<string>()
    for (const { value } of this.#db.getRange(range)) {
      const { payload, until } = value as Entry
      const { client_id } = Object(payload.params)
      if (until >= Date.now()) keys.add(keyOf('Client', `${client_id}`))
    }
    return keys
  }
}

/** Ids that come from outside can be longer than a key may be. */
const keyOf = (kind: string, id: string) =>
  secret.includes(kind) || id.length > 128
    ? createHash('sha256').update(id).digest('base64url')
    : id

import { randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'
import type { Interaction, Provider } from 'oidc-provider'
import { languageOf } from './language.ts'
import { consentPage, loginPage, shown } from './pages.ts'
import type { People, Person } from './people.ts'
import type { Store } from './store.ts'
import { isScope, type Scope } from './words.ts'

export interface Parts {
  /** The provider of now: a key rotation replaces it. */
  provider: () => Provider
  store: Store
  people: People
}

/** Shows the form that an interaction waits for, with a token of its own. */
export function createForms({ provider, store, people }: Parts) {
  return async (
    req: Request,
    res: Response,
    details: Interaction,
    again: { login?: string; problem?: string } = {},
  ) => {
    const { params, uid, session } = details
    const id = String(params.client_id)
    const client = await provider().Client.find(id)
    if (!client) throw Object.assign(new Error('no client'), { status: 400 })
    const language = languageOf(req, res, params.ui_locales)
    const token = randomBytes(32).toString('base64url')
    // No longer than what it belongs to, which has not expired.
    const seconds = details.exp - Math.floor(Date.now() / 1000)
    await store.put('Form', uid, token, seconds)
    const form = {
      language,
      otherHref: `/interaction/${uid}?lang=${language === 'en' ? 'ja' : 'en'}`,
      client: shown(client.clientName ?? '') || shown(id),
      token,
    }
    const person = people.find(session?.accountId ?? '')
    res.type('html')
    if (details.prompt.name === 'login') {
      res.send(loginPage({ ...form, ...again }))
      return
    }
    if (!person) throw Object.assign(new Error('no person'), { status: 400 })
    const isDocument = 'clientIdMetadataDocument' in client
    const isRegistered = client.clientIdIssuedAt !== undefined
    res.send(
      consentPage({
        ...form,
        person: person.name,
        ...split(details, person),
        resources: [params.resource].flat().map(String),
        redirect: new URL(String(params.redirect_uri)),
        origin: isDocument ? 'document' : isRegistered ? 'registered' : 'ours',
        publisher: isDocument ? new URL(id).host : '',
      }),
    )
  }
}

/** What a client asks for: what this person may give, and what not. */
export function split({ params }: Interaction, person: Person) {
  const wanted = String(params.scope ?? '')
    .split(' ')
    .filter(isScope)
  const may = (scope: Scope) => person.scopes.includes(scope)
  return {
    asked: wanted.filter(may),
    refused: wanted.filter((scope) => !may(scope)),
  }
}

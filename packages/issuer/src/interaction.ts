import express, { type Request, type Response, type Router } from 'express'
import type { Interaction } from 'oidc-provider'
import { log } from './audit.ts'
import { routes } from './configuration.ts'
import { createForms, type Parts, split } from './forms.ts'
import { languageOf } from './language.ts'
import { networkOf } from './network.ts'
import { errorPage } from './pages.ts'
import { type Devices, Guesses } from './throttle.ts'
import { words } from './words.ts'

/** What a browser keeps of a person who signed in there, and how long. */
const deviceCookie = '__Host-device'
const deviceLife = 90 * 24 * 60 * 60 * 1000

/** Where people log in and say what a client may do. */
export function createInteraction(parts: Parts & { devices: Devices }): Router {
  const { provider, store, people, devices } = parts
  const show = createForms(parts)
  const guesses = new Guesses()
  const router = express.Router({ caseSensitive: true, strict: true })

  router.get('/interaction/:uid', async (req, res) => {
    await show(req, res, await detailsOf(req, res))
  })

  router.post(
    '/interaction/:uid',
    express.urlencoded({ extended: false, limit: '8kb' }),
    async (req, res) => {
      const details = await detailsOf(req, res)
      const form: Record<string, unknown> = req.body ?? {}
      const expected = await store.take('Form', details.uid)
      if (!isOwnPage(req) || !expected || form.token !== expected) {
        const language = languageOf(req, res)
        const why = words[language].staleForm
        return res.status(403).send(errorPage(language, 'invalid_form', why))
      }
      if (form.action === 'deny') return deny(req, res, details)
      if (details.prompt.name === 'login') {
        return login(req, res, details, form)
      }
      if (form.action === 'switch') return switchPerson(res, details)
      if (form.action === 'allow') return allow(req, res, details)
      await show(req, res.status(400), details)
    },
  )

  async function detailsOf(req: Request, res: Response): Promise<Interaction> {
    const details = await provider().interactionDetails(req, res)
    if (details.uid === req.params.uid) return details
    throw Object.assign(new Error('another interaction'), { status: 400 })
  }

  async function login(
    req: Request,
    res: Response,
    details: Interaction,
    form: Record<string, unknown>,
  ): Promise<void> {
    const login = typeof form.login === 'string' ? form.login : ''
    const name = login.slice(0, 64)
    const password = typeof form.password === 'string' ? form.password : ''
    const address = req.socket.remoteAddress ?? ''
    const device = devices.read(cookieOf(req, deviceCookie), name)
    const guess = { address: networkOf(address), name, device }
    const entry = {
      event: 'login',
      // People type passwords into the wrong field.
      person: people.find(name) ? name : '(nobody)',
      client: details.params.client_id,
      address,
    }
    const language = languageOf(req, res, details.params.ui_locales)
    const wait = await guesses.try(guess)
    if (wait > 0) {
      log.warn({ ...entry, result: 'throttled' })
      res.status(429).set('Retry-After', String(wait))
      const problem = words[language].slow(Math.ceil(wait / 60))
      return show(req, res, details, { login: name, problem })
    }
    const person =
      password.length <= 256 ? await people.login(login, password) : undefined
    if (!person) {
      await guesses.blame(guess)
      log.warn({ ...entry, result: 'failed' })
      const problem = words[language].wrong
      const again = { login: name, problem }
      return show(req, res.status(403), details, again)
    }
    await guesses.forgive(guess)
    log.info({ ...entry, result: 'ok' })
    res.cookie(deviceCookie, devices.mint(name), {
      httpOnly: true,
      sameSite: 'lax',
      secure: true,
      maxAge: deviceLife,
    })
    await provider().interactionFinished(req, res, {
      login: { accountId: person.name },
    })
  }

  async function allow(req: Request, res: Response, details: Interaction) {
    const person = people.find(details.session?.accountId ?? '')
    const { asked = [] } = person ? split(details, person) : {}
    if (!person || asked.length === 0) return deny(req, res, details)
    const grant = new (provider().Grant)({
      accountId: person.name,
      clientId: String(details.params.client_id),
    })
    for (const resource of [details.params.resource].flat()) {
      grant.addResourceScope(String(resource), asked.join(' '))
    }
    const grantId = await grant.save()
    log.info({ ...entryOf(details), result: 'allowed', scopes: asked, grantId })
    await provider().interactionFinished(req, res, { consent: { grantId } })
  }

  async function deny(req: Request, res: Response, details: Interaction) {
    log.info({ ...entryOf(details), result: 'denied' })
    await provider().interactionFinished(req, res, {
      error: 'access_denied',
      error_description: 'The person did not allow it.',
    })
  }

  /** Ends the session and asks the same again, of whoever logs in now. */
  async function switchPerson(res: Response, details: Interaction) {
    await endSession(details)
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(details.params)) {
      for (const item of [value].flat()) {
        if (item !== undefined) query.append(name, String(item))
      }
    }
    await details.destroy()
    res.redirect(303, `${routes.authorization}?${query}`)
  }

  async function endSession({ session }: Interaction): Promise<void> {
    if (!session) return
    const found = await provider().Session.findByUid(session.uid)
    await found?.destroy()
  }

  return router
}

const entryOf = ({ params, session }: Interaction) => ({
  event: 'consent',
  person: session?.accountId,
  client: params.client_id,
})

function cookieOf(req: Request, name: string): string {
  const pairs = (req.headers.cookie ?? '').split('; ')
  const pair = pairs.find((pair) => pair.startsWith(`${name}=`)) ?? ''
  return pair.slice(name.length + 1)
}

/** Whether a form was sent by a page of this server, as browsers tell it. */
function isOwnPage(req: Request): boolean {
  const { origin, 'sec-fetch-site': site } = req.headers
  if (origin && origin !== `https://${req.headers.host}`) return false
  return site === undefined || site === 'same-origin'
}

import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Documents, SignInHold } from 'guardcheck'
import {
  elsewhere,
  type Issuer,
  type IssuerOptions,
  redirectUri,
  startIssuer,
} from './issuer.ts'
import { type Pair, sharedPair } from './pair.ts'
import { findPort } from './port.ts'
import { stepFolder } from './step.ts'
import { type StartedSubject, startSubject } from './subject.ts'
import { scopes } from './tokens.ts'
import { openWhole } from './whole.ts'

/** A server with an authorization server beside it, where we can sign in. */
export interface TrustingSubject extends StartedSubject {
  options: StartedSubject['options'] & { issuer: SignInHold }
  person: Issuer['person']
}

/**
 * Starts a server that trusts an authorization server, and that one, each
 * from a folder; a server of an earlier step does not know what to do with it.
 * @throws {NotStarted} with what one of them printed
 */
export const startTrusting = (
  folder: string = stepFolder(3),
  from?: string,
  env?: Record<string, string>,
): Promise<TrustingSubject> =>
  openWhole(async (defer) => {
    const pair = await sharedPair()
    const port = await findPort()
    const resource = `https://127.0.0.1:${port}/mcp`
    const like = { pair, resource, folder: from }
    const main = await startIssuer({ ...like, env })
    defer(main.stop)
    const subject = await startSubject(folder, {
      PORT: `${port}`,
      PUBLIC_URL: resource,
      TLS_KEY_FILE: pair.keyFile,
      TLS_CERT_FILE: pair.certFile,
      NODE_EXTRA_CA_CERTS: pair.certFile,
      OAUTH_ISSUER: main.url,
      OAUTH_CLIENT_ID: main.office.id,
      OAUTH_CLIENT_SECRET_FILE: main.office.secretFile,
      OAUTH_MAX_AGE: '1',
    })
    defer(subject.stop)
    const issuer = holdIssuer(main, like)
    const options = { ...subject.options, ca: pair.cert, issuer }
    return { options, person: main.person }
  })

/** All that a property may ask for of an issuer, and of others like it. */
function holdIssuer(main: Issuer, like: IssuerOptions): SignInHold {
  const { pair, resource } = like
  const person = main.person('alice')
  return {
    issuer: main.url,
    ca: pair.cert,
    clientId: 'workshop',
    redirectUri,
    otherClientId: 'other',
    otherResource: elsewhere,
    person,
    scopes,
    introspection: main.office,
    otherIntrospection: main.stranger,
    limitPerson: createLimit(join(main.home, 'people.json'), person.login),
    async startRegistering() {
      const env = { ISSUER_REGISTRATION: 'on' }
      const { open, stop } = await startIssuer({ ...like, env })
      return { open: () => open(resource), stop }
    },
    async documents(work) {
      const { documents, open, stop } = await openWhole(async (defer) => {
        const documents = await serveDocuments(pair)
        defer(documents.close)
        const env = {
          ISSUER_CIMD_LOOPBACK: 'on',
          NODE_EXTRA_CA_CERTS: pair.certFile,
        }
        const { open, stop } = await startIssuer({ ...like, env })
        defer(stop)
        return { documents, open }
      })
      await work({ open: () => open(resource), documents }).finally(stop)
    },
  }
}

/** Has somebody give no more than some scopes, or nothing, for a while. */
function createLimit(file: string, login: string) {
  let entry: object | undefined
  return async (may?: string[]) => {
    const people: { name: string }[] = JSON.parse(await readFile(file, 'utf8'))
    const others = people.filter(({ name }) => name !== login)
    entry = people.find(({ name }) => name === login) ?? entry
    const all = may ? [{ ...entry, scopes: may }, ...others] : others
    await writeFile(file, JSON.stringify(all), { mode: 0o600 })
  }
}

/** Serves what is put there, over https. */
async function serveDocuments(
  pair: Pair,
): Promise<Documents & { close(): void }> {
  const answers = new Map<string, Parameters<Documents['put']>[1]>()
  const server = createServer(
    { key: pair.key, cert: pair.cert },
    (req, res) => {
      const answer = answers.get(`${req.url}`)
      const {
        status = 200,
        headers,
        body,
      } = answer ?? { status: 404, body: '' }
      const type = { 'Content-Type': 'application/json' }
      res.writeHead(status, { ...type, ...headers }).end(body)
    },
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const url = (path: string) => `https://localhost:${port}${path}`
  return {
    url,
    put(path, answer) {
      answers.set(path, answer)
      return url(path)
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

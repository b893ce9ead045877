import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { Subject } from '../probe/subject.ts'
import { expect, NotApplicable } from '../property.ts'
import { openRegistering, openTrusted, outcomeOf } from './ask/hold-issuer.ts'

export async function fencesDocuments(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  if (authority.metadata.client_id_metadata_document_supported !== true) {
    throw new NotApplicable('It takes no client ids that are URLs.')
  }
  const canary = await openCanary()
  const { port } = canary
  try {
    for (const client_id of [
      `https://127.0.0.1:${port}/client.json`,
      `https://localhost:${port}/client.json`,
      `https://[::ffff:127.0.0.1]:${port}/client.json`,
      `https://2130706433:${port}/client.json`,
      `http://127.0.0.1:${port}/client.json`,
      `https://client.example/../client.json`,
      `https://client.example/client.json#evil`,
      'https://169.254.169.254/latest/meta-data',
    ]) {
      const { status, hops } = await authority.open({ client_id })
      expect(
        status >= 400 && hops.length === 0,
        `The client id ${client_id.replace(`${port}`, 'PORT')} was answered ${status || 'with a redirect'}.`,
      )
    }
    expect(
      canary.hits() === 0,
      'A client id made the authorization server connect to this machine.',
    )
  } finally {
    canary.close()
  }
  await authority.hold.documents?.(async ({ open, documents }) => {
    const other = { ...(await open()), hold: authority.hold }
    const redirect_uris = [authority.hold.redirectUri]
    const put = (path: string, changes: object, more = {}) =>
      documents.put(path, {
        body: JSON.stringify({
          client_id: documents.url(path),
          client_name: 'guardcheck',
          redirect_uris,
          grant_types: ['authorization_code'],
          response_types: ['code'],
          token_endpoint_auth_method: 'none',
          ...changes,
        }),
        ...more,
      })
    const fine = put('/fine.json', {})
    const { status } = await other.open({ client_id: fine })
    expect(status === 200, `A document as it should be was answered ${status}.`)
    const faults = {
      'says another client id': put('/a.json', { client_id: fine }),
      'lists another redirect URI': put('/b.json', {
        redirect_uris: ['https://client.example/callback'],
      }),
      'is longer than 5 kB': put('/c.json', { padding: 'x'.repeat(6000) }),
      'is no JSON': documents.put('/d.json', { body: '<p>no</p>' }),
      'is somewhere else': documents.put('/e.json', {
        status: 302,
        headers: { Location: fine },
        body: '',
      }),
    }
    for (const [what, client_id] of Object.entries(faults)) {
      const { code } = await outcomeOf(other, { client_id })
      const page = await other.open({ client_id })
      expect(
        code === '' && page.status >= 400,
        `A client whose document ${what} was taken.`,
      )
    }
    const mended = put('/d.json', {})
    const again = await other.open({ client_id: mended })
    expect(
      again.status === 200,
      'A document that was wrong once is held to be wrong for good.',
    )
  })
}

/** A port that counts who connects to it. */
async function openCanary() {
  let hits = 0
  const server = createServer((socket) => {
    hits += 1
    socket.destroy()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return { port, hits: () => hits, close: () => void server.close() }
}

/** Registrations that one address may try before it must have been slowed. */
const patience = 60

export async function limitsRegistration(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  const { origin } = new URL(authority.hold.issuer)
  if (!authority.metadata.registration_endpoint) {
    for (const path of ['/register', '/reg', '/registration']) {
      const { status } = await authority.post(`${origin}${path}`, {})
      expect(
        status === 404 || status === 405,
        `Registration is not announced, and POST ${path} was answered ${status}.`,
      )
    }
  }
  const registering = await openRegistering(authority, subject)
  try {
    const name = '<script>alert("guardcheck")</script>'
    const { status, body } = await registering.register({
      client_name: name,
      redirect_uris: [authority.hold.redirectUri],
      guardcheck_unknown: 'kept',
    })
    expect(status === 201, `A registration was answered ${status}.`)
    expect(
      !('guardcheck_unknown' in body),
      'A field that nobody knows is kept.',
    )
    const client_id = `${body.client_id}`
    const page = await registering.authority.open({ client_id })
    expect(
      page.status === 200 && !page.body.includes(name),
      'The name of a client stands in a page as it was sent.',
    )
    let refused = 0
    for (let tries = 0; tries < patience && refused === 0; tries += 1) {
      const next = await registering.register({
        redirect_uris: ['https://client.example/callback'],
      })
      if (next.status === 429) refused += 1
    }
    expect(refused > 0, `${patience} registrations in a row were all taken.`)
  } finally {
    await registering.stop()
  }
}

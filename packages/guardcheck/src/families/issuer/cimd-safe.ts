import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../property.ts'
import { openTrusted, outcomeOf } from '../ask/hold-issuer.ts'
import { draft } from '../sources.ts'

export const cimdSafe: Property = {
  id: 'issuer/cimd-safe',
  claim: {
    en: 'a client id that is a URL is fetched only from where it may be, and taken only if its document says the same',
    ja: 'URLのクライアントIDは、許された場所からだけ取得され、文書の内容が一致するときだけ受け入れられる',
  },
  source: [draft('/client-registration#implementation-requirements')],
  owasp: ['MCP05', 'MCP07'],
  level: 'must',
  since: 3,
  needs: ['issuer'],
  slow: true,
  advice: {
    en: 'Refuse URLs that lead to private or loopback addresses before connecting; follow no redirect, read 5 kB at most, and compare client_id and redirect_uris.',
    ja: 'プライベートアドレスやループバックへ向かうURLは、接続する前に断ります。リダイレクトを追わず、読むのは5 kBまでにして、client_idとredirect_urisを照合します。',
  },
  check: fencesDocuments,
}

async function fencesDocuments(subject: Subject): Promise<void> {
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

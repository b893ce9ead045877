import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  Client,
  cleanUp,
  type Issuer,
  resource,
  send,
  startIssuer,
} from './issuer.ts'

let issuer: Issuer
let client: Client

beforeAll(async () => {
  issuer = await startIssuer()
  client = await Client.of(issuer)
})
afterAll(async () => {
  await issuer.stop()
  cleanUp()
})

async function introspect(token: string) {
  const secret = readFileSync(join(issuer.folder, 'office.secret'), 'utf8')
  const res = await send(client.as.introspection_endpoint as string, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`office:${secret}`)}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ token }).toString(),
  })
  const said = (await res.json()) as Record<string, unknown>
  return { ...said, status: res.status }
}

describe('the code flow', () => {
  test('alice logs in, and the client gets a token for one resource', async () => {
    const tokens = await client.login({ scope: 'documents:read refunds:write' })
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 300 })
    expect(await introspect(String(tokens.access_token))).toMatchObject({
      active: true,
      sub: 'alice',
      aud: resource,
      iss: issuer.url,
      client_id: 'workshop',
      scope: 'documents:read refunds:write',
    })
  })
})

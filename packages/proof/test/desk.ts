import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type {
  OAuthClientInformationMixed,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'

/** The SDK's own OAuth client, with somebody who follows its links. */
export interface Desk {
  /** Connects; signs in first, where the server asks for that. */
  connect(): Promise<Client>
  /** Signs in where the last link leads, and connects with what that gives. */
  finish(): Promise<Client>
  /** Where the person was sent, link by link. */
  links: URL[]
  tokens(): OAuthTokens | undefined
}

/** Opens a client whose person `authorize` stands in for. */
export function openDesk(
  url: URL,
  client: { client_id: string; redirect_uri: string },
  authorize: (link: URL) => Promise<URL>,
): Desk {
  const links: URL[] = []
  let tokens: OAuthTokens | undefined
  let verifier = ''
  const provider: OAuthClientProvider = {
    redirectUrl: client.redirect_uri,
    clientMetadata: { redirect_uris: [client.redirect_uri] },
    clientInformation: (): OAuthClientInformationMixed => ({
      client_id: client.client_id,
    }),
    tokens: () => tokens,
    saveTokens(given) {
      // SDK 1.32 would refresh where it has to ask for a further scope, and
      // meet the same refusal again.
      tokens = { ...given, refresh_token: undefined }
    },
    redirectToAuthorization: (link) => void links.push(link),
    saveCodeVerifier(given) {
      verifier = given
    },
    codeVerifier: () => verifier,
  }
  const open = () =>
    new StreamableHTTPClientTransport(url, { authProvider: provider })
  const start = async (transport: Transport) => {
    const caller = new Client({ name: 'desk', version: '1.0.0' })
    await caller.connect(transport)
    return caller
  }
  const finish = async () => {
    const link = links.at(-1)
    if (!link) throw new Error('It was sent nowhere.')
    const back = await authorize(link)
    const transport = open()
    await transport.finishAuth(back.searchParams.get('code') ?? '')
    return start(open() as Transport)
  }
  return {
    links,
    tokens: () => tokens,
    finish,
    async connect() {
      try {
        return await start(open() as Transport)
      } catch (error) {
        if (!(error instanceof UnauthorizedError)) throw error
      }
      return finish()
    },
  }
}

// Drives the client that is named as the argument: reads orders from stdin,
// one JSON line each, and answers each with what came of it.
import { createInterface } from 'node:readline'

const { connect } = await import(`./drivers/${process.argv[2]}.js`)
const open = new Map()

// What a client says beside its answers goes where answers do not.
for (const name of ['log', 'info', 'debug']) console[name] = console.error

const orders = {
  async connect({ url, token, signIn }) {
    const headers = token ? { Authorization: `Bearer ${token}` } : {}
    const links = []
    const authProvider = signIn ? createProvider(links) : undefined
    try {
      return { as: await connect({ url, headers, authProvider }) }
    } catch (error) {
      throw Object.assign(error, { links })
    }
  },
  async call({ as, tool, args }) {
    const result = await open.get(as).call(tool, args)
    if (result?.isError) throw new Error(result.content?.[0]?.text)
    return {}
  },
  close: async ({ as }) => open.get(as).close(),
}

/** Somebody whom the issuer knows, and who does not follow its links. */
function createProvider(links) {
  let verifier = ''
  let server
  const redirectUrl = 'http://127.0.0.1:8765/callback'
  return {
    redirectUrl,
    clientMetadata: { redirect_uris: [redirectUrl] },
    clientInformation: () => ({ client_id: 'workshop' }),
    tokens: () => undefined,
    saveTokens() {},
    authorizationServerInformation: () => server,
    saveAuthorizationServerInformation(given) {
      server = given
    },
    redirectToAuthorization: (link) => void links.push(`${link}`),
    saveCodeVerifier(given) {
      verifier = given
    },
    codeVerifier: () => verifier,
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, order, ...rest } = JSON.parse(line)
  orders[order](rest).then(
    (done) => {
      if (done?.as) open.set(id, done.as)
      answer({ id })
    },
    (error) => {
      const said = []
      for (let it = error; it; it = it.cause) said.push(`${it.message ?? it}`)
      answer({ id, failed: { said: [...new Set(said)], links: error.links } })
    },
  )
}

function answer(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

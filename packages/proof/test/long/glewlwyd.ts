import { execFileSync, spawn } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** An authorization server that shares no code with the issuer of ours. */
export interface Glewlwyd {
  /** Its name, exactly as tokens say it. */
  issuer: string
  /** Signs the user in for a client and answers where that leads. */
  authorize(url: URL): Promise<URL>
  stop(): Promise<void>
}

const schema = '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3'

/** Why it cannot be started here; undefined when it can. */
export function whyNoGlewlwyd(): string | undefined {
  const missing = ['/usr/bin/glewlwyd', '/usr/bin/sqlite3', schema].find(
    (file) => !existsSync(file),
  )
  return missing && `${missing} is not there: apt-get install glewlwyd sqlite3.`
}

const user = { username: 'carol', password: randomBytes(16).toString('hex') }

/** The client of the tests: public, at any loopback port, with PKCE. */
export const client = {
  client_id: 'desk',
  redirect_uri: 'http://127.0.0.1/callback',
}

/** Starts it in a folder of its own, as the issuer for one resource. */
export async function startGlewlwyd(
  home: string,
  port: number,
  resource: string,
  scopes: string[],
): Promise<Glewlwyd> {
  const origin = `http://localhost:${port}`
  const database = join(home, 'glewlwyd.db')
  execFileSync('sqlite3', [database], { input: readFileSync(schema) })
  const config = join(home, 'glewlwyd.conf')
  writeFileSync(
    config,
    `port=${port}
bind_address="127.0.0.1"
external_url="${origin}"
login_url="login.html"
api_prefix="api"
log_mode="console"
log_level="WARNING"
cookie_secure=0
session_expiration=3600
session_key="GLEWLWYD2_SESSION_ID"
admin_session_authentication="cookie"
profile_session_authentication="cookie"
login_api_enabled=true
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="/usr/lib/glewlwyd/user"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
hash_algorithm="SHA512"
database={ type="sqlite3" path="${database}" };
`,
  )
  const server = spawn('glewlwyd', ['--config-file', config])
  let output = ''
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (text) => {
      output += text
    })
  }
  const kill = () => void server.kill('SIGKILL')
  process.once('exit', kill)
  const admin = openSession(`${origin}/api`)
  await waitFor(`${origin}/api/`, () => output)
  await admin.send('POST', '/auth/', {
    username: 'admin',
    // As Debian's package creates it; it listens on loopback only.
    password: 'password',
  })
  const issuer = `${origin}/api/oidc`
  for (const name of scopes) {
    await admin.send('POST', '/scope/', {
      name,
      display_name: name,
      password_required: true,
      password_max_age: 0,
      scheme: {},
    })
  }
  await admin.send('POST', '/user/', {
    ...user,
    scope: ['g_profile', 'openid', ...scopes],
    enabled: true,
  })
  await admin.send('POST', '/client/', {
    client_id: client.client_id,
    redirect_uri: [client.redirect_uri],
    authorization_type: ['code', 'refresh_token'],
    token_endpoint_auth_method: ['none'],
    scope: ['openid', ...scopes],
    resource: [resource],
    confidential: false,
    enabled: true,
  })
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = (type: 'spki' | 'pkcs8') =>
    type === 'spki'
      ? key.publicKey.export({ type, format: 'pem' })
      : key.privateKey.export({ type, format: 'pem' })
  await admin.send('POST', '/mod/plugin/', {
    module: 'oidc',
    name: 'oidc',
    display_name: 'oidc',
    enabled: true,
    parameters: {
      iss: issuer,
      'jwt-type': 'ecdsa',
      'jwt-key-size': '256',
      key: pem('pkcs8'),
      cert: pem('spki'),
      'jwks-show': true,
      'access-token-duration': 300,
      'refresh-token-duration': 3600,
      'code-duration': 60,
      'refresh-token-rolling': true,
      'refresh-token-one-use': 'always',
      'allow-non-oidc': true,
      'auth-type-code-enabled': true,
      'auth-type-code-revoke-replayed': true,
      'auth-type-refresh-enabled': true,
      'auth-type-token-enabled': false,
      'auth-type-id-token-enabled': false,
      'auth-type-implicit-enabled': false,
      'auth-type-password-enabled': false,
      'auth-type-client-enabled': false,
      'auth-type-none-enabled': false,
      'auth-type-device-enabled': false,
      'pkce-allowed': true,
      'pkce-required': true,
      'pkce-method-plain-allowed': false,
      'subject-type': 'public',
      'resource-allowed': true,
      'resource-scope': Object.fromEntries(
        scopes.map((scope) => [scope, [resource]]),
      ),
      'resource-client-property': 'resource',
      'resource-scope-and-client-property': false,
      'oauth-as-iss-id': true,
    },
  })
  return {
    issuer,
    async authorize(url) {
      const person = openSession(`${origin}/api`)
      await person.send('POST', '/auth/', user)
      await person.send('PUT', `/auth/grant/${client.client_id}`, {
        scope: url.searchParams.get('scope') ?? '',
      })
      url.searchParams.set('g_continue', '')
      const to = await person.follow(url)
      return new URL(to, url)
    },
    async stop() {
      process.off('exit', kill)
      server.kill('SIGTERM')
      await new Promise((resolve) => server.once('exit', resolve))
    },
  }
}

/** Requests that keep the cookie of one who has signed in. */
function openSession(api: string) {
  let cookie = ''
  const keep = (response: Response) => {
    const [set] = response.headers.getSetCookie()
    if (set) cookie = `${set.split(';')[0]}`
  }
  return {
    async send(method: string, path: string, body: unknown) {
      const headers = { Cookie: cookie, 'Content-Type': 'application/json' }
      const response = await fetch(api + path, {
        method,
        headers,
        body: JSON.stringify(body),
      })
      keep(response)
      if (response.ok) return
      const text = await response.text()
      throw new Error(`${method} ${path}: ${response.status} ${text}`)
    },
    async follow(url: URL): Promise<string> {
      const headers = { Cookie: cookie }
      const response = await fetch(url, { headers, redirect: 'manual' })
      return response.headers.get('location') ?? `/${response.status}`
    },
  }
}

/** Resolves when something answers at `url`. */
async function waitFor(url: string, output: () => string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await fetch(url).catch(() => undefined)) return
    await setTimeout(100)
  }
  throw new Error(`${url} does not answer.\n${output()}`)
}

import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startProcess } from 'guardcheck'
import type { Pair } from './pair.ts'

/** A reverse proxy that ends TLS before a server of ours. */
export interface Proxy {
  name: string
  /** Its configuration in step 3. */
  file: string
  command: string[]
}

export const proxies: Proxy[] = [
  {
    name: 'nginx',
    file: 'nginx.conf',
    command: ['-p', '.', '-c'],
  },
  {
    name: 'caddy',
    file: 'Caddyfile',
    command: ['run', '--adapter', 'caddyfile', '--config'],
  },
]

/** Why a proxy cannot be started here; undefined when it can. */
export function whyNoProxy({ name }: Proxy): string | undefined {
  try {
    execFileSync(name, [name === 'nginx' ? '-v' : 'version'], {
      stdio: 'ignore',
    })
    return undefined
  } catch {
    const debian = name === 'nginx' ? 'nginx-light' : name
    return `${name} is not there: apt-get install ${debian}.`
  }
}

/** Starts it in a folder of its own; answers how to end it. */
export function startProxy(
  proxy: Proxy,
  home: string,
  pair: Pair,
  ports: { from: number; to: number },
): Promise<() => Promise<void>> {
  const source = new URL(`../../step-3/proxy/${proxy.file}`, import.meta.url)
  const text = readFileSync(source, 'utf8')
    .replaceAll(':8443', `:${ports.from}`)
    .replaceAll(':3003', `:${ports.to}`)
  return runProxy(proxy, text, home, pair, ports.from)
}

/**
 * Starts it with a configuration that listens on `port`.
 * @throws {Error} with what it printed, when it does not listen
 */
export async function runProxy(
  { name, file, command }: Proxy,
  text: string,
  home: string,
  pair: Pair,
  port: number,
): Promise<() => Promise<void>> {
  mkdirSync(join(home, 'temp'), { recursive: true })
  writeFileSync(join(home, file), text)
  writeFileSync(join(home, 'cert.pem'), pair.cert)
  writeFileSync(join(home, 'key.pem'), pair.key, { mode: 0o600 })
  const outcome = await startProcess({
    command: [name, ...command, file],
    cwd: home,
    url: new URL(`https://127.0.0.1:${port}`),
    env: { HOME: home, XDG_DATA_HOME: home },
  })
  if ('started' in outcome) return outcome.started.stop
  throw new Error(`${name} does not listen.\n${outcome.output}`)
}

import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A reverse proxy that ends TLS before a server of ours. */
export interface Proxy {
  name: string
  /** Its configuration in `proxy`. */
  file: string
  command: string[]
}

export const proxies: Proxy[] = [
  { name: 'nginx', file: 'nginx.conf', command: ['-p', '.', '-c'] },
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
export async function startProxy(
  { name, file, command }: Proxy,
  home: string,
  ports: { from: number; to: number },
): Promise<() => Promise<void>> {
  const source = new URL(`../../proxy/${file}`, import.meta.url)
  const text = readFileSync(fileURLToPath(source), 'utf8')
    .replaceAll(':8443', `:${ports.from}`)
    .replaceAll(':3003', `:${ports.to}`)
  mkdirSync(join(home, 'temp'), { recursive: true })
  writeFileSync(join(home, file), text)
  const { TLS_CERT_FILE = '', TLS_KEY_FILE = '' } = process.env
  copyFileSync(TLS_CERT_FILE, join(home, 'cert.pem'))
  copyFileSync(TLS_KEY_FILE, join(home, 'key.pem'))
  const child = spawn(name, [...command, file], {
    cwd: home,
    env: { ...process.env, HOME: home, XDG_DATA_HOME: home },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes) => {
      output += bytes
    })
  }
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = new Promise<void>((resolve) => child.once('close', resolve))
  const end = Date.now() + 10_000
  while (!(await isListening(ports.from))) {
    if (child.exitCode !== null || Date.now() > end) {
      kill()
      throw new Error(`${name} does not listen.\n${output}`)
    }
    await setTimeout(50)
  }
  return async () => {
    process.off('exit', kill)
    child.kill('SIGTERM')
    await ended
  }
}

const isListening = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

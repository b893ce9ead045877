import { readdir, readFile, readlink } from 'node:fs/promises'
import { endianness, networkInterfaces } from 'node:os'
import { NotApplicable } from '../property.ts'
import { isListening } from './start.ts'
import { listTree } from './tree.ts'

/** An address on which a process accepts connections. */
export interface Listener {
  address: string
  port: number
  loopback: boolean
}

/**
 * The addresses beyond loopback on which a server accepts connections: from
 * the kernel's tables where it has them, else by knocking at our own addresses.
 * @throws {NotApplicable} when this machine has no other address to knock at
 */
export async function listExposed(pid: number, url: URL): Promise<string[]> {
  const listeners = process.platform === 'linux' ? await listListeners(pid) : []
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  if (listeners.some((listener) => listener.port === port)) {
    return listeners
      .filter(({ loopback }) => !loopback)
      .map((listener) => `${listener.address} port ${listener.port}`)
  }
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
  if (own.length === 0) {
    throw new NotApplicable(
      'Its listening socket is not to be seen, and this machine has no other address to try.',
    )
  }
  const knocks = await Promise.all(
    own.map(async ({ address }) => {
      const door = new URL(url)
      door.hostname = address
      return (await isListening(door)) ? [`${address} port ${port}`] : []
    }),
  )
  return knocks.flat()
}

/** The listening TCP sockets of a process and all below it; Linux only. */
export async function listListeners(pid: number): Promise<Listener[]> {
  const pids = await listTree(pid)
  const found = await Promise.all(pids.map(listOwn))
  return found.flat()
}

/** The listeners among the sockets that one process has open. */
async function listOwn(pid: number): Promise<Listener[]> {
  const folder = `/proc/${pid}/fd`
  const names = await readdir(folder).catch(() => [])
  const links = await Promise.all(
    names.map((name) => readlink(`${folder}/${name}`).catch(() => '')),
  )
  const inodes = new Set(
    links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]),
  )
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((table) =>
      readFile(`/proc/${pid}/net/${table}`, 'utf8').catch(() => ''),
    ),
  )
  return tables.flatMap((table) => readListeners(table, inodes))
}

/** The state of a listening socket in `/proc/net/tcp`. */
const listening = '0A'

/** The rows of a `/proc/net/tcp` table that listen and have these inodes. */
export function readListeners(
  table: string,
  inodes: ReadonlySet<string | undefined>,
): Listener[] {
  return table
    .split('\n')
    .slice(1)
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , state]) => state === listening)
    .filter((columns) => inodes.has(columns[9]))
    .map(([, local = '']) => {
      const [address = '', port = ''] = local.split(':')
      return readAddress(address, Number.parseInt(port, 16))
    })
}

/** The kernel prints an address as 32-bit words in the machine's order. */
function readAddress(hex: string, port: number): Listener {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => {
    const inOrder = [...Buffer.from(word, 'hex')]
    return endianness() === 'LE' ? inOrder.reverse() : inOrder
  })
  const mapped = /^(00){10}ffff/i.test(Buffer.from(bytes).toString('hex'))
  const v4 = bytes.length === 4 ? bytes : mapped ? bytes.slice(12) : undefined
  if (v4) return { address: v4.join('.'), port, loopback: v4[0] === 127 }
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  )
  const address = groups.join(':')
  return { address, port, loopback: address === '0:0:0:0:0:0:0:1' }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { programOf } from '../program.js'

// A command that ends: each call is a connection of its own.
export async function connect({ url, headers }) {
  const lines = Object.entries(headers).flatMap(([name, value]) => [
    '--header',
    `${name}: ${value}`,
  ])
  return {
    async call(name, args) {
      const given = Object.entries(args).flatMap(([key, value]) => [
        '--tool-arg',
        `${key}=${value}`,
      ])
      const child = spawn(process.execPath, [
        programOf('@modelcontextprotocol/inspector', 'mcp-inspector'),
        ...['--cli', url, '--transport', 'http', ...lines],
        ...['--method', 'tools/call', '--tool-name', name, ...given],
      ])
      const [said, refused] = [child.stdout, child.stderr].map((it) =>
        it.toArray(),
      )
      const [status] = await once(child, 'close')
      if (status === 0) return JSON.parse(Buffer.concat(await said))
      const { error } = JSON.parse(Buffer.concat(await refused))
      throw new Error(error.message, { cause: error.cause })
    },
    async close() {},
  }
}

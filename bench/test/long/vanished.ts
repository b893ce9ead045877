// Clients that vanish without a word, as when a cable is pulled: run by
// half-open.test.ts where nothing is reached but this machine itself, and where
// an address can be taken away from those who speak by it.
import { execFileSync } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { connect } from 'node:tls'
import { countOf, openDay, socketsOf } from './day.ts'

/** Whom nobody reaches any more once it is taken away. */
const place = '192.0.2.7'
/** Of each kind: in the middle of a request, and with an answer in hand. */
const each = 50

const ip = (...args: string[]) => execFileSync('ip', args)
ip('link', 'set', 'lo', 'up')
ip('address', 'add', `${place}/32`, 'dev', 'lo')

const day = await openDay()
try {
  const { host, port } = new URL(day.claims.aud)
  const idle = socketsOf(day.server)
  const head = `GET /.well-known/oauth-protected-resource/mcp HTTP/1.1\r\nHost: ${host}\r\n`
  for (let n = 0; n < 2 * each; n += 1) {
    const socket = connect({
      ...{ host: '127.0.0.1', port: Number(port), localAddress: place },
      ca: day.pair.cert,
    })
    socket.on('error', () => {})
    socket.resume()
    socket.once('secureConnect', () =>
      socket.write(n % 2 ? head : `${head}\r\n`),
    )
  }
  await setTimeout(1_500)
  const most = socketsOf(day.server)
  ip('address', 'del', `${place}/32`, 'dev', 'lo')
  const start = performance.now()
  const stop = day.load()
  // The calls beside them hold a few.
  while (socketsOf(day.server) > idle + 10) {
    if (performance.now() - start > 30_000) break
    await setTimeout(100)
  }
  const ms = Math.round(performance.now() - start)
  const vanished = most - idle
  console.log(JSON.stringify({ vanished, ms, ...countOf(await stop()) }))
} finally {
  await day.close()
}
process.exit()

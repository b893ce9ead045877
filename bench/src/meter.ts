// Loaded into each server that is measured: says what only it can see.
import { Server as PlainServer } from 'node:http'
import { Server as TlsServer } from 'node:https'
import { Server, type Socket } from 'node:net'

let bytes = 0
let open = 0
const { listen } = Server.prototype
Server.prototype.listen = function count(this: Server, ...args: unknown[]) {
  // What is measured is calls, not how connections are opened anew for them.
  if (this instanceof PlainServer || this instanceof TlsServer) {
    this.keepAliveTimeout = 120_000
  }
  // Under TLS, this is the socket below it: what came over the wire.
  this.on('connection', (socket: Socket) => {
    open += 1
    socket.once('close', () => {
      open -= 1
      bytes += socket.bytesRead
    })
  })
  return Reflect.apply(listen, this, args)
} as typeof listen

process.on('message', ({ id, what }: { id: number; what: string }) => {
  const { user, system } = process.cpuUsage()
  const values: Record<string, number> = {
    cpu: (user + system) / 1000,
    memory: process.memoryUsage.rss(),
    bytes,
    open,
  }
  process.send?.({ id, value: values[what] })
})
// Else the server would never end by itself.
process.channel?.unref()

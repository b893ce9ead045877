// Loaded before a server of others: wherever it would listen, it listens on
// loopback, and 3000, which many examples name, becomes PORT.
import { Server } from 'node:net'

const { listen } = Server.prototype

Server.prototype.listen = function listenOnLoopback(...given) {
  const [first] = given
  const named = typeof first === 'object' && first !== null ? first.port : first
  const port = Number(named) === 3000 ? Number(process.env.PORT) : Number(named)
  const callback = given.find((one) => typeof one === 'function')
  return listen.call(this, { port, host: '127.0.0.1' }, callback)
}

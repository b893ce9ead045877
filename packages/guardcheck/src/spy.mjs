// Loaded into a server that guardcheck starts (`node --import`), before its
// own code: notes what it compares in constant time and whether it looks a
// canary secret up by itself, and makes comparing throw on request.
import crypto from 'node:crypto'
import { appendFileSync, existsSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'

const folder = process.env.GUARDCHECK_SPY
if (folder) {
  const calls = join(folder, 'calls.jsonl')
  const broken = join(folder, 'broken')
  const write = (text) => {
    try {
      appendFileSync(calls, text)
    } catch {
      // The folder goes when the checker does; the server lives on.
    }
  }
  const note = (call) => write(`${JSON.stringify(call)}\n`)

  // That the file exists says that the spy is there.
  write('')

  const timingSafeEqual = crypto.timingSafeEqual
  crypto.timingSafeEqual = (a, b) => {
    const threw = existsSync(broken)
    const lengths = [a.byteLength, b.byteLength]
    note({ function: 'timingSafeEqual', lengths, threw })
    if (threw) throw new Error('broken on request')
    return timingSafeEqual(a, b)
  }
  syncBuiltinESMExports()

  for (const [holder, method, place = 0] of [
    [Map.prototype, 'get'],
    [Map.prototype, 'has'],
    [Set.prototype, 'has'],
    [Array.prototype, 'includes'],
    [Array.prototype, 'indexOf'],
    [Object.prototype, 'hasOwnProperty'],
    [Object, 'hasOwn', 1],
  ]) {
    const original = holder[method]
    // Not enumerable, as it was: a `for in` must not meet it.
    Object.defineProperty(holder, method, {
      configurable: true,
      writable: true,
      value(...given) {
        const key = given[place]
        if (typeof key === 'string' && key.startsWith('guardcheck-canary-')) {
          note({ function: 'lookup', key })
        }
        return original.apply(this, given)
      },
    })
  }
}

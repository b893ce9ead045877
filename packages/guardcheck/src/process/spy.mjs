// Loaded into a server that guardcheck starts (`node --import`), before its
// own code: notes what it compares in constant time and whether it looks a
// canary secret up by itself, makes comparing throw on request, and writes
// down on request what the process holds, or how much.
import crypto from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'

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

  if (isMainThread) {
    const look = join(folder, 'look')
    let seen = ''
    appendFileSync(join(folder, 'pids'), `${process.pid}\n`)
    setInterval(() => {
      if (!existsSync(look)) return
      const asked = readFileSync(look, 'utf8')
      if (asked === '' || asked === seen) return
      seen = asked
      const file = join(folder, `memory-${asked}-${process.pid}`)
      if (asked.endsWith('weigh')) {
        setFlagsFromString('--expose-gc')
        runInNewContext('gc')()
        const { heapUsed, external } = process.memoryUsage()
        writeFileSync(`${file}.part`, `${heapUsed + external}`)
        renameSync(`${file}.part`, file)
        return
      }
      writeFileSync(`${file}.environment`, JSON.stringify(process.env))
      writeHeapSnapshot(`${file}.part`)
      renameSync(`${file}.part`, file)
    }, 50).unref()
  }
}

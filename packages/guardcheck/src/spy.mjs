// Loaded into a server that guardcheck starts (`node --import`), before its
// own code: notes what it compares in constant time and whether it looks a
// canary secret up by itself, makes comparing throw on request, and writes
// down on request what the process holds.
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
import { writeHeapSnapshot } from 'node:v8'
import { isMainThread } from 'node:worker_threads'

const folder = process.env.GUARDCHECK_SPY
if (folder) {
  const calls = join(folder, 'calls.jsonl')
  const broken = join(folder, 'broken')
  const note = (call) => {
    try {
      appendFileSync(calls, `${JSON.stringify(call)}\n`)
    } catch {
      // The folder goes when the checker does; the server lives on.
    }
  }

  const timingSafeEqual = crypto.timingSafeEqual
  crypto.timingSafeEqual = (a, b) => {
    if (existsSync(broken)) throw new Error('broken on request')
    note({
      function: 'timingSafeEqual',
      lengths: [a.byteLength, b.byteLength],
    })
    return timingSafeEqual(a, b)
  }
  syncBuiltinESMExports()

  for (const [kind, method] of [
    [Map, 'get'],
    [Map, 'has'],
    [Set, 'has'],
  ]) {
    const original = kind.prototype[method]
    kind.prototype[method] = function (key) {
      if (typeof key === 'string' && key.startsWith('guardcheck-canary-')) {
        note({ function: 'lookup', key })
      }
      return original.call(this, key)
    }
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
      writeFileSync(`${file}.environment`, JSON.stringify(process.env))
      writeHeapSnapshot(`${file}.part`)
      renameSync(`${file}.part`, file)
    }, 50).unref()
  }
}

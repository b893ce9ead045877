// Step 3 when somebody sets the clock of its machine, which libfaketime does
// for this one process (Debian: faketime). Intervals go on as they did.
import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, test } from 'vitest'
import { type Day, openDay, report } from './day.ts'

const libraries = (existsSync('/usr/lib') ? readdirSync('/usr/lib') : [])
  .map((name) => `/usr/lib/${name}/faketime/libfaketime.so.1`)
  .filter((file) => existsSync(file))
const why = libraries[0] ? '' : 'libfaketime is not installed (faketime).'
if (why) console.warn(`The clock is left alone: ${why}`)

let day: Day
beforeAll(async () => {
  if (why) return
  day = await openDay((home) => {
    writeFileSync(join(home, 'clock'), '+0')
    return {
      LD_PRELOAD: `${libraries[0]}`,
      FAKETIME_TIMESTAMP_FILE: join(home, 'clock'),
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      // Else what was found out about a token would be forgotten too soon.
      OAUTH_MAX_AGE: '60',
    }
  })
})
afterAll(() => day?.close())

/** Sets the clock of the server, such as `+100d`. */
function setClock(offset: string): void {
  const file = join(day.home, 'clock')
  writeFileSync(`${file}.new`, offset)
  renameSync(`${file}.new`, file)
}

/** Milliseconds until each of the tokens is answered so; throws after 10 s. */
async function untilAnswered(
  status: number,
  tokens: (string | undefined)[],
): Promise<number> {
  const start = performance.now()
  for (;;) {
    const sent = await Promise.all(tokens.map((token) => day.call(token)))
    const found = sent.map((it) => it.status)
    if (found.every((it) => it === status)) {
      return Math.round(performance.now() - start)
    }
    const took = performance.now() - start
    if (took > 10_000) throw new Error(`${found} after ${Math.round(took)} ms`)
    await setTimeout(20)
  }
}

test.skipIf(why)(
  'a clock that is set forth ends what has expired by it, and set right gives it back',
  async () => {
    const named = undefined
    const jwt = await day.mint()
    const opaque = day.liar.issueOpaque(day.claims)
    const all = [named, jwt, opaque]
    await untilAnswered(200, all)
    setClock('+400d')
    const ended = await untilAnswered(401, all)
    setClock('+0')
    const back = await untilAnswered(200, all)
    report('clock-forth', { ms: ended, back })
  },
)

test.skipIf(why)(
  'a clock that is set back opens nothing that has not begun',
  async () => {
    // Good from what is now the future on; nobody has shown it before.
    const nbf = Math.floor(Date.now() / 1000) - 60
    const jwt = await day.liar.mint({ ...day.claims, nbf })
    setClock('-2d')
    const ended = await untilAnswered(401, [undefined, jwt])
    setClock('+0')
    const back = await untilAnswered(200, [undefined, jwt])
    report('clock-back', { ms: ended, back })
  },
)

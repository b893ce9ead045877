// Judges the server in a folder until the first property that does not hold:
// exit 1 then, and its id on standard output; 0 when all of them hold. What the
// step promises of a property is asked on its own: most mutants need only one.
// Exit 2 when it cannot be judged, for it does not start.
import {
  appendFileSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { startSubject, startTrusting } from '../../lab/src/lab.ts'
import { keyPromises, promises } from '../../proof/test/promises.ts'
import { catalogue } from '../src/catalogue.ts'
import { judge } from '../src/judge/runner.ts'
import type { Property } from '../src/property.ts'

const [folder = '', memory = '', only = '', court = 'step-3'] =
  process.argv.slice(2)

/** Who is judged, how it is started, and which properties it is held to. */
const courts: Record<string, [start: typeof startAlone, asks: RegExp]> = {
  'step-2': [startAlone, /^(?!issuer\/)/],
  'step-3': [startAlone, /^(?!issuer\/)/],
  'step-3 and an issuer': [() => startTrusting(folder), /^issuer\//],
  issuer: [() => startTrusting(undefined, folder), /^issuer\//],
}

const promisesOf: Record<string, typeof promises> = {
  'step-2': keyPromises,
  'step-3': promises,
}

function startAlone() {
  return startSubject(folder)
}

/** How often each property was the first to see a mutant, and its cost. */
type Kills = Record<string, { kills: number; ms: number; runs: number }>

const readKills = (): Kills => {
  try {
    return JSON.parse(readFileSync(memory, 'utf8'))
  } catch {
    return {}
  }
}

const kills = readKills()

/** One look at a property, and the name under which its kills are kept. */
interface Look {
  name: string
  property: Property
}

const looksAt = (property: Property): Look[] => {
  const look = { name: property.id, property }
  const check = promisesOf[court]?.[property.id]
  if (!check) return [look]
  const promised = { ...property, check }
  return [look, { name: `${property.id} as promised`, property: promised }]
}
const average = (name: string) => {
  const { ms = 200, runs = 1 } = kills[name] ?? {}
  return ms / runs
}
const worth = ({ name }: Look) => {
  const { kills: count = 0 } = kills[name] ?? {}
  return (count + 0.1) / (average(name) + 50)
}

// What saw a change sees the next one to it as well: Stryker counts them from
// the top of the file to its end.
const mutant = Number(process.env.__STRYKER_ACTIVE_MUTANT__ ?? Number.NaN)
const readKillers = (): string => {
  try {
    return readFileSync(`${memory}.near`, 'utf8')
  } catch {
    return ''
  }
}
const killers = readKillers()
  .split('\n')
  .slice(0, -1)
  .map((line) => JSON.parse(line) as [id: number, name: string])
const distance = ({ name }: Look) =>
  killers
    .filter(([, killer]) => killer === name)
    .reduce((least, [id]) => Math.min(least, Math.abs(id - mutant)), 9)

// Then those that saw most for the least time: the verdict is the same.
const [start, asks] = courts[court] ?? [startAlone, /^$/]
const looks = catalogue
  .filter(({ since }) => court !== 'step-2' || since <= 2)
  .filter(({ id }) => asks.test(id) && new RegExp(only).test(id))
  .flatMap(looksAt)
  .sort((a, b) => distance(a) - distance(b) || worth(b) - worth(a))

if (looks.length === 0) process.exit(0)
const subject = await start().catch((error: Error) => error)
if (subject instanceof Error) {
  console.log(`It does not start. ${subject.message}`)
  process.exit(2)
}
let found = ''
for (const { name, property } of looks) {
  const began = Date.now()
  const { verdict, why } = await judge(property, subject.options)
  const entry = kills[name] ?? { kills: 0, ms: 0, runs: 0 }
  entry.ms += Date.now() - began
  entry.runs += 1
  kills[name] = entry
  if (verdict === 'holds') continue
  entry.kills += 1
  if (mutant >= 0) {
    appendFileSync(`${memory}.near`, `${JSON.stringify([mutant, name])}\n`)
  }
  found = `${name} ${verdict}: ${why}`
  break
}
await subject.stop()
writeFileSync(`${memory}.${process.pid}`, JSON.stringify(kills))
renameSync(`${memory}.${process.pid}`, memory)
if (found) console.log(found)
process.exit(found ? 1 : 0)

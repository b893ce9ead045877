// Judges the server in a folder until the first property that does not hold:
// exit 1 then, and its id on standard output; 0 when all of them hold.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { catalogue } from '../src/catalogue.ts'
import type { Property } from '../src/property.ts'
import { judge } from '../src/runner.ts'
import { startSubject } from '../test/subjects.ts'

const [folder = '', memory = '', only = ''] = process.argv.slice(2)

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
const average = (id: string) => {
  const { ms = 200, runs = 1 } = kills[id] ?? {}
  return ms / runs
}
const worth = ({ id }: Property) => {
  const { kills: count = 0 } = kills[id] ?? {}
  return (count + 0.1) / (average(id) + 50)
}
// Those that saw most for the least time come first: the verdict is the same.
const properties = catalogue
  .filter(({ needs }) => !needs.includes('issuer'))
  .filter(({ id }) => new RegExp(only).test(id))
  .sort((a, b) => worth(b) - worth(a))

const subject = await startSubject(folder).catch((error: Error) => error)
if (subject instanceof Error) {
  console.log('It does not start.')
  process.exit(1)
}
let found = ''
for (const property of properties) {
  const began = Date.now()
  const { verdict, why } = await judge(property, subject.options)
  const entry = kills[property.id] ?? { kills: 0, ms: 0, runs: 0 }
  entry.ms += Date.now() - began
  entry.runs += 1
  kills[property.id] = entry
  if (verdict === 'holds') continue
  entry.kills += 1
  found = `${property.id} ${verdict}: ${why}`
  break
}
await subject.stop()
writeFileSync(`${memory}.${process.pid}`, JSON.stringify(kills))
renameSync(`${memory}.${process.pid}`, memory)
if (found) console.log(found)
process.exit(found ? 1 : 0)

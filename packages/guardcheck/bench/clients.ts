// Drives real clients against each step, and writes down what each did.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import {
  clientNames,
  driveClients,
  installClients,
  type Recorded,
  readVersions,
  recordFile,
} from '../../proof/test/drivers.ts'

await installClients()
const start = Date.now()
const clients = await driveClients()
const recorded: Recorded = {
  recordedAt: new Date().toISOString().slice(0, 10),
  node: process.version,
  versions: readVersions(),
  clients,
}
const temporary = new URL(`${recordFile.href}.new`)
mkdirSync(new URL('.', recordFile), { recursive: true })
writeFileSync(temporary, `${JSON.stringify(recorded, null, 2)}\n`)
renameSync(temporary, recordFile)
for (const name of clientNames) {
  const tries = Object.values(clients[name] ?? {}).flatMap(Object.values)
  const works = tries.filter((it) => it.works).length
  console.log(`${name}: ${works} of ${tries.length} worked`)
}
console.log(`${Math.round((Date.now() - start) / 1000)} s`)

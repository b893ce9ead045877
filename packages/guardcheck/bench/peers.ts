// Judges the servers of others and writes down what was found, keeping what
// a person wrote beside a verdict as long as the verdict is the same.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { installPeers } from '../../lab/src/lab.ts'
import {
  judgePeer,
  peers,
  readVersions,
  summarize,
  type Verdicts,
  verdictsFile,
} from '../../proof/test/peers.ts'

const before: Verdicts = JSON.parse(readFileSync(verdictsFile, 'utf8'))
const named = process.argv.slice(2)
await installPeers()
const servers = { ...before.servers }
for (const name of Object.keys(peers)) {
  if (named.length > 0 && !named.includes(name)) continue
  const start = Date.now()
  const found = summarize(await judgePeer(name))
  for (const [id, row] of Object.entries(found.fails)) {
    const { why, review } = before.servers[name]?.fails[id] ?? {}
    if (review && why === row.why) row.review = review
  }
  servers[name] = found
  const failing = Object.keys(found.fails).length
  console.log(`${name}: ${failing} fail, ${Date.now() - start} ms`)
}
const verdicts: Verdicts = { versions: readVersions(), servers }
const temporary = new URL(`${verdictsFile.href}.new`)
writeFileSync(temporary, `${JSON.stringify(verdicts, null, 2)}\n`)
renameSync(temporary, verdictsFile)

// Judges every broken server, and writes down which were caught and by what,
// beside what was found about good ones. Names on the command line judge
// those alone, and leave what was found about the others.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { listExercises, readExercise } from '@guard-up/exercises'
import { openPair } from '../../lab/src/lab.ts'
import { judgeAlone, promised, whyNotAlone } from '../../proof/test/broken.ts'
import { peers, type Verdicts, verdictsFile } from '../../proof/test/peers.ts'
import { catalogue } from '../src/catalogue.ts'
import { named, table, writeWhole } from './table.ts'

/** What was found about one broken server. */
interface Row {
  base: string
  /** What it breaks, as it says itself. */
  red: string[]
  /** What it breaks and is caught by. */
  caught: string[]
  /** What else fails there. */
  strays: string[]
  /** Why it was not judged. */
  skipped?: string
}

interface Proof {
  /** When each was judged, and all of them by what. */
  date: string
  node: string
  servers: Record<string, Row>
}

const file = new URL('proof.json', import.meta.url)
const before: Proof | undefined = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8'))
  : undefined
const all = await listExercises()
const asked = process.argv.slice(2)
const left = asked.length > 0 ? [...asked] : [...all]
const obstacle = await whyNotAlone()
const pair = await openPair()

/** Judges one in a process of its own, which trusts the pair. */
async function judgeApart(name: string, ids: string[]) {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '../proof/test/isolated.ts', name, ...ids],
    {
      cwd: new URL('..', import.meta.url),
      env: {
        ...process.env,
        GUARDCHECK_KEY_FILE: pair.keyFile,
        NODE_EXTRA_CA_CERTS: pair.certFile,
      },
      timeout: 400_000,
    },
  )
  const found: { id: string }[] = JSON.parse(stdout)
  return found
}

const servers: Record<string, Row> = { ...before?.servers }
async function work(): Promise<void> {
  for (let name = left.shift(); name; name = left.shift()) {
    const exercise = await readExercise(name)
    const { base, red, network } = exercise
    const row: Row = { base, red, caught: [], strays: [] }
    servers[name] = row
    if (network && obstacle) {
      row.skipped = obstacle
      continue
    }
    const judge = network ? judgeAlone : judgeApart
    const failing = (await judge(name, promised(exercise))).map(({ id }) => id)
    row.caught = failing.filter((id) => red.includes(id))
    row.strays = failing.filter((id) => !red.includes(id))
    console.log(`${name}: ${row.caught.length} of ${red.length}`)
  }
}
await Promise.all([work(), work(), work()])
await pair.stop()

const proof: Proof = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  servers: Object.fromEntries(
    all.flatMap((name) => (servers[name] ? [[name, servers[name]]] : [])),
  ),
}
writeWhole(file, `${JSON.stringify(proof, null, 2)}\n`)
writeWhole(new URL('../PROOF.md', import.meta.url), tell(proof))

/** The page that says what was found. */
function tell({ date, node, servers }: Proof): string {
  const rows = Object.entries(servers)
  const isCaught = ({ red, caught }: Row) => red.length === caught.length
  const musts = new Set<string>(
    catalogue.filter(({ level }) => level === 'must').map(({ id }) => id),
  )
  const { servers: good, versions }: Verdicts = JSON.parse(
    readFileSync(verdictsFile, 'utf8'),
  )
  const reviewed = Object.entries(good).map(([name, { fails }]) => {
    const own = Object.values(fails)
    const must = own.filter(({ level }) => level === 'must')
    const count = (kind: string) =>
      must.filter(({ review }) => review?.startsWith(`${kind}:`)).length
    const kinds = ['hole', 'deviation', 'absent'].map(count)
    const wrong = must.length - kinds.reduce((sum, n) => sum + n, 0)
    const cells = [name, peers[name]?.what ?? '', ...kinds.map(String)]
    return [...cells, `${wrong}`]
  })
  const caught = rows.filter(([, row]) => isCaught(row)).length
  const strayMusts = rows.flatMap(([, row]) =>
    row.strays.filter((id) => musts.has(id)),
  ).length
  const sum = reviewed.reduce((all, row) => all + Number(row.at(-1)), 0)
  const used = Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
  return `# Is guardcheck right?

Written by \`npm run -s proof\` on ${date} (Node ${node}); do not edit it.

## Broken servers

Each is a step with a hole in it, from [lessons/exercises](../../lessons/exercises/README.md), and says itself which properties it breaks.
Caught means that all of those fail, and a stray is whatever else fails of what its step promises.

- caught: **${caught} of ${rows.length}**
- stray MUSTs: **${strayMusts}**

${table(
  ['broken server', 'of', 'caught by', 'missed', 'strays'],
  rows.map(([name, row]) => [
    name,
    row.base,
    row.skipped ? 'not judged here' : named(row.caught),
    named(row.red.filter((id) => !row.caught.includes(id))),
    named(row.strays),
  ]),
)}

## Good servers

Servers of others from [packages/peers](../peers/README.md), judged from outside; each failing property was looked at by a person.
The columns count failing MUSTs: a _hole_ lets somebody do what they should not, a _deviation_ breaks the text it comes from and lets nobody in by itself, _absent_ is what the server does not claim to have (TLS, OAuth), and the last column is what was blamed wrongly.

- MUSTs blamed wrongly: **${sum}**

${table(
  ['server', 'what it is', 'hole', 'deviation', 'absent', 'wrong'],
  reviewed,
)}

Judged with ${used}.
`
}

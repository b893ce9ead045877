import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'
import write from 'write-file-atomic'
import { measureBody } from './body.ts'
import { measureGuarded } from './guarded.ts'
import { measureLookup } from './lookup.ts'
import { describeMachine } from './machine.ts'
import { measureMemory } from './memory.ts'
import { measurePeers } from './peers.ts'
import { measureRefused } from './refused.ts'
import {
  type Findings,
  type Results,
  readResults,
  resultsFile,
  type Scale,
} from './results.ts'
import { Bench, root } from './servers.ts'
import { measureShare } from './share.ts'
import { measureStart } from './start.ts'
import { measureSuites } from './suites.ts'
import { measureTls } from './tls.ts'

interface Measure {
  /** What it answers. */
  claim: string
  scale: Omit<Scale, 'tick'>
  measure(bench: Bench, scale: Scale): Promise<Findings>
}

/** What is recorded, in the order in which it is measured. */
const measures: Record<string, Measure> = {
  guarded: {
    claim: 'a guarded tool call against an unguarded one',
    scale: { rounds: 64, warming: 32, calls: 250 },
    measure: measureGuarded,
  },
  share: {
    claim: 'the same with both in one process: the guard alone',
    scale: { rounds: 40, warming: 24, calls: 250 },
    measure: measureShare,
  },
  peers: {
    claim: 'our guard against the guards of others',
    scale: { rounds: 480, warming: 48, calls: 500 },
    measure: measurePeers,
  },
  lookup: {
    claim: 'finding one caller among many, against one alone',
    scale: { rounds: 200, warming: 20, calls: 1000 },
    measure: measureLookup,
  },
  refused: {
    claim: 'refusing a call against serving it',
    scale: { rounds: 40, warming: 8, calls: 250 },
    measure: measureRefused,
  },
  body: {
    claim: 'what is read of a 10 MB body that comes with a wrong secret',
    scale: { rounds: 15, warming: 2, calls: 1 },
    measure: measureBody,
  },
  tls: {
    claim: 'a call over TLS by Node and by nginx',
    scale: { rounds: 15, warming: 12, calls: 250 },
    measure: measureTls,
  },
  start: {
    claim: 'how long a server takes until it listens',
    scale: { rounds: 5, warming: 1, calls: 1 },
    measure: measureStart,
  },
  memory: {
    claim: 'what a server holds at 1,000 open connections',
    scale: { rounds: 3, warming: 0, calls: 1 },
    measure: measureMemory,
  },
  suites: {
    claim: 'guardcheck against the conformance suite of the MCP project',
    scale: { rounds: 3, warming: 0, calls: 1 },
    measure: measureSuites,
  },
}

/** What is measured alone, and prints what it found. */
const others: Record<string, { claim: string; file: string }> = {
  rotation: {
    claim: 'requests that fail while a secret is rotated under load',
    file: 'packages/step-2/bench/rotation.ts',
  },
  storm: {
    claim: 'what invented key ids cost the issuer and honest callers',
    file: 'packages/guardcheck/bench/storm.ts',
  },
}

interface Options {
  rounds?: number
  output?: string
}

const listOf = (all: Record<string, { claim: string }>) =>
  Object.entries(all)
    .map(([name, { claim }]) => `  ${name.padEnd(10)} ${claim}`)
    .join('\n')

new Command('bench')
  .description(
    'Measure what the guard costs, and record it in bench/results.json',
  )
  .argument('[name]', 'what to measure; all that is recorded when left out')
  .option(
    '--rounds <count>',
    'rounds instead of those of the measure',
    readCount,
  )
  .option('--output <file>', 'where to record it instead')
  .addHelpText(
    'after',
    `\nRecorded:\n${listOf(measures)}\n\nPrinted only:\n${listOf(others)}\n
Afterwards, npm run weave puts what was recorded into the README.`,
  )
  .action(run)
  .parseAsync()
  .catch((error: Error) => {
    console.error(error.message)
    process.exitCode = 1
  })

function readCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count > 0) return count
  throw new InvalidArgumentError('It must be a whole number from 1.')
}

async function run(name: string | undefined, options: Options): Promise<void> {
  const other = name === undefined ? undefined : others[name]
  if (other) {
    const command = ['--import', 'tsx', join(root, other.file)]
    const { status } = spawnSync(process.execPath, command, {
      stdio: 'inherit',
    })
    process.exitCode = status ?? 1
    return
  }
  if (name !== undefined && !measures[name]) {
    throw new Error(
      `Nothing is measured as ${name}: see npm run bench -- --help.`,
    )
  }
  // Once: later, the machine is busy with what was measured before.
  const load = Number((loadavg()[0] ?? 0).toFixed(2))
  if (load > 0.5) {
    console.error(`The machine is busy (load ${load}): figures will spread.`)
  }
  for (const it of name ? [name] : Object.keys(measures)) {
    await record(it, load, options)
  }
}

/** Measures by one name and puts what it found in the place of its rows. */
async function record(
  name: string,
  load: number,
  { rounds, output = fileURLToPath(resultsFile) }: Options,
): Promise<void> {
  const { measure, scale, claim } = measures[name] as Measure
  const file = resolve(output)
  const before = readResults(file)
  const where = { machine: describeMachine(), versions: readVersions() }
  const isSame =
    before?.machine === where.machine &&
    JSON.stringify(before.versions) === JSON.stringify(where.versions)
  const kept = isSame ? before : undefined
  console.error(`${name}: ${claim}`)
  if (before && !kept) {
    console.error('  What another machine or version recorded is dropped.')
  }
  const start = performance.now()
  const bench = new Bench()
  let round = 0
  const all = (rounds ?? scale.rounds) + scale.warming
  const tick = () => {
    round += 1
    if (process.stderr.isTTY) process.stderr.write(`\r  ${round} of ${all} `)
  }
  const found = await measure(bench, {
    ...scale,
    ...(rounds && { rounds }),
    tick,
  }).finally(() => bench.close())
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  const seconds = Number(((performance.now() - start) / 1000).toFixed(1))
  const recordedAt = new Date().toISOString()
  const results: Results = {
    recordedAt,
    ...where,
    ratios: replaceRows(name, kept?.ratios, found.ratios),
    counts: replaceRows(name, kept?.counts, found.counts),
    skipped: replaceRows(name, kept?.skipped, found.skipped),
    runs: { ...kept?.runs, [name]: { recordedAt, seconds, load } },
  }
  write.sync(file, `${JSON.stringify(results, null, 2)}\n`)
  for (const [row, { median, low, high }] of Object.entries(
    found.ratios ?? {},
  )) {
    console.log(`${name}/${row}: ${median} (${low} to ${high})`)
  }
  for (const [row, count] of Object.entries(found.counts ?? {})) {
    console.log(`${name}/${row}: ${count}`)
  }
  for (const [row, why] of Object.entries(found.skipped ?? {})) {
    console.log(`${name}/${row} was skipped: ${why}`)
  }
}

function replaceRows<T>(
  name: string,
  before: Record<string, T> = {},
  found: Record<string, T> = {},
): Record<string, T> {
  const others = Object.entries(before).filter(
    ([row]) => !row.startsWith(`${name}/`),
  )
  const fresh = Object.entries(found).map(
    ([row, value]) => [`${name}/${row}`, value] as const,
  )
  return Object.fromEntries([...others, ...fresh].sort())
}

/** What the steps are built of, and what they are measured against. */
function readVersions(): Record<string, string> {
  const read = (file: string) =>
    JSON.parse(readFileSync(join(root, 'packages', file), 'utf8'))
  const names = ['@modelcontextprotocol/sdk', 'express', 'jose', 'lru-cache']
  const found = names.map((it) => {
    const { version } = read(`step-3/node_modules/${it}/package.json`)
    return [it, `${version}`]
  })
  // These are pinned: what is installed is what is asked for.
  const { devDependencies: peers } = read('peers/package.json')
  const nginx = spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr ?? ''
  const [, proxy] = /nginx\/(\S+)/.exec(nginx) ?? []
  return {
    node: process.version,
    ...Object.fromEntries(found),
    ...peers,
    ...(proxy && { nginx: proxy }),
  }
}

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { findPort, peersFolder } from '@guard-up/lab'
import { catalogue } from '../../guardcheck/src/catalogue.ts'
import { judgeAll, type Report } from '../../guardcheck/src/judge/runner.ts'
import { startProcess } from '../../guardcheck/src/process/start.ts'

/** A server that others wrote, or that is built of what others publish. */
interface Peer {
  what: string
  /** An example in the package of SDK v1. */
  example?: string
  /** A file of `packages/peers/servers`. */
  server?: string
  args?: string[]
  /** The name that it is known by; 127.0.0.1 when left out. */
  host?: string
  /** Whether it was given tokens. */
  guarded?: boolean
}

/** Where the servers of others live, with a lockfile of their own. */
const home = pathToFileURL(peersFolder)

export const peers: Record<string, Peer> = JSON.parse(
  readFileSync(new URL('peers.json', home), 'utf8'),
)

/** The versions that are judged, as installed. */
export function readVersions(): Record<string, string> {
  const manifest = new URL('package.json', home)
  return JSON.parse(readFileSync(manifest, 'utf8')).dependencies
}

/** Starts one of them on loopback and judges it by every property. */
export async function judgePeer(name: string): Promise<Report> {
  const peer = peers[name]
  if (!peer) throw new Error(`No server is called ${name}.`)
  const port = await findPort()
  const tokens = [1, 2].map(() => randomBytes(32).toString('base64url'))
  const url = new URL(`http://${peer.host ?? '127.0.0.1'}:${port}/mcp`)
  const outcome = await startProcess({
    command: [
      process.execPath,
      ...['--import', new URL('loopback.js', home).href],
      peer.server ? `servers/${peer.server}.js` : exampleOf(peer),
      ...(peer.args ?? []),
    ],
    url,
    cwd: peersFolder,
    env: {
      PORT: `${port}`,
      MCP_PORT: `${port}`,
      MCP_AUTH_PORT: `${await findPort()}`,
      PEER_TOKENS: tokens.join(),
    },
  })
  if (!('started' in outcome)) throw new Error(outcome.output)
  const [token, secondToken] = peer.guarded ? tokens : []
  try {
    return await judgeAll(catalogue, { url, token, secondToken })
  } finally {
    await outcome.started.stop()
  }
}

const exampleOf = ({ example }: Peer) =>
  `node_modules/@modelcontextprotocol/sdk/dist/esm/examples/server/${example}.js`

/** What was found about one of them, as it is pinned. */
export interface PeerVerdicts {
  /** Whether it answers a call without a credential. */
  open: boolean
  /** The dialect that was spoken with it. */
  revision: string
  level: number
  /** Why each fails, and whether a person who looked agrees. */
  fails: Record<string, { level: string; why: string; review?: string }>
  /** Why each could not be decided. */
  undecided: Record<string, string>
}

/** All that is pinned, and what it was found with. */
export interface Verdicts {
  versions: Record<string, string>
  servers: Record<string, PeerVerdicts>
}

export const verdictsFile = new URL('verdicts.json', home)

/** What is pinned of a report: nothing that another run would change. */
export function summarize(report: Report): PeerVerdicts {
  const { open, dialect, level, results, unreachable, target } = report
  if (unreachable) throw new Error(`${target.href} ${unreachable}`)
  const fails: PeerVerdicts['fails'] = {}
  const undecided: PeerVerdicts['undecided'] = {}
  for (const { property, verdict, why: said } of results) {
    const why = said.replaceAll(target.port, 'PORT')
    if (verdict === 'fails') fails[property.id] = { level: property.level, why }
    // What was not given says nothing of the server.
    else if (verdict === 'not-applicable' && !/^It needs /.test(why)) {
      undecided[property.id] = why
    }
  }
  return { open, revision: dialect.revision, level, fails, undecided }
}

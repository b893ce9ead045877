import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { join, relative } from 'node:path'
import type { Step } from 'guardcheck'
import { folderOf, next, readSecret, root } from '../repository.ts'
import { watchEnding } from '../terminal/signals.ts'
import type { Tell } from '../terminal/tell.ts'
import { defaultsOf, issuerDefaults } from './defaults.ts'
import { words } from './words.ts'

/**
 * Serves a step in the foreground: its stdout is the step's own, and a hint
 * on how to call it goes to stderr. Resolves with its exit status.
 */
export async function serveStep(
  name: Step | typeof next,
  { stdio, tell }: { stdio: boolean; tell: Tell },
): Promise<number> {
  const step = name === next ? 3 : name
  const { env, missing } = stdio ? { env: {} } : defaultsOf(step, process.env)
  if (missing) {
    process.stderr.write(`${tell(missing.text, missing.values)}\n`)
    return 1
  }
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', stdio ? 'src/stdio.ts' : 'src/main.ts'],
    {
      cwd: folderOf(name),
      env: {
        ...process.env,
        PORT: process.env.PORT ?? `${3000 + step}`,
        ...env,
      },
      stdio: [
        stdio ? 'inherit' : 'ignore',
        stdio ? 'inherit' : 'pipe',
        'inherit',
      ],
    },
  )
  child.stdout?.pipe(process.stdout)
  child.stdout?.once('data', (line: Buffer) => {
    process.stderr.write(describeCall(name, `${line}`.trim(), tell))
  })
  return follow(child)
}

/** Serves the issuer in the foreground; resolves with its exit status. */
export async function serveIssuer(tell: Tell): Promise<number> {
  const { env, missing } = issuerDefaults(process.env)
  if (missing) {
    process.stderr.write(`${tell(missing.text, missing.values)}\n`)
    return 1
  }
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    cwd: join(root, 'packages/issuer'),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return follow(child)
}

/** Ends a process with this one; resolves with its exit status. */
export async function follow(child: ChildProcess): Promise<number> {
  // Once, and as SIGTERM: from a terminal a Ctrl-C has reached the step by
  // itself, and a second SIGINT would cut off calls in flight.
  const ending = watchEnding()
  ending.addEventListener('abort', () => child.kill('SIGTERM'))
  process.once('exit', () => child.kill('SIGKILL'))
  const [code, signal] = await once(child, 'exit')
  return code ?? 128 + constants.signals[signal as NodeJS.Signals]
}

/** The line to type in another terminal, and where its token stands. */
function describeCall(
  step: Step | typeof next,
  url: string,
  tell: Tell,
): string {
  const tokens = join(folderOf(step), 'src/tokens.ts')
  const guarded = existsSync(tokens)
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'read_document', arguments: { path: '.' } },
  })
  const options = [
    ...(url.startsWith('https:') ? ['--cacert certs/ca.pem'] : []),
    ...(guarded ? ["-H 'Authorization: Bearer TOKEN'"] : []),
    "-H 'Accept: application/json, text/event-stream'",
    "-H 'Content-Type: application/json'",
    `-d '${body}'`,
  ]
  const command = [`curl ${url}`, ...options].join(' \\\n    ')
  const lines = [
    '',
    tell(words.callIt, { step }),
    '',
    `  ${command}`,
    '',
    ...(guarded ? [whereTokenIs(step, tell), ''] : []),
  ]
  return `${lines.join('\n')}\n`
}

function whereTokenIs(step: Step | typeof next, tell: Tell): string {
  const folder = folderOf(step)
  if (step === 3 || step === next) return tell(words.secretIssued)
  if (readSecret(folder) === undefined) return tell(words.secretMinted)
  const file = relative(root, join(folder, 'src/tokens.ts'))
  return tell(words.secretStands, { file })
}

import { fileURLToPath } from 'node:url'
import { type StartedProcess, startProcess } from 'guardcheck'

/** The folder of a package. */
export const folderOf = (name: string) =>
  fileURLToPath(new URL(`../../${name}/`, import.meta.url))

/** The folder of a step, which holds its `src`. */
export const stepFolder = (step: number) => folderOf(`step-${step}`)

/** Step 3 on the next version of the SDK. */
export const nextFolder = folderOf('step-3-next')

/** The authorization server. */
export const issuerFolder = folderOf('issuer')

/** A program and its arguments that run a file of TypeScript, from anywhere. */
export const runTs = (file: string): [string, ...string[]] => [
  process.execPath,
  '--import',
  import.meta.resolve('tsx'),
  file,
]

/** A server that did not start, and what it printed. */
export class NotStarted extends Error {
  readonly output: string
  constructor(folder: string, output: string) {
    super(`${folder} did not start.\n${output}`)
    this.output = output
  }
}

/** What a shell may export for other servers. */
const setting =
  /^((MCP|TLS|OAUTH|OFFICE|ISSUER)_.*|HOST|NODE_ENV|PUBLIC_URL|ALLOWED_ORIGINS|TRUSTED_PROXY|GUESSES_PER_MINUTE)$/

/**
 * Starts the server in a folder: a step, the issuer, or a copy of one. It finds
 * no setting but those in `env`, and any free port unless that names one. A
 * `url` is where it listens, if that is not what it prints.
 * @throws {NotStarted} when it ends, or does not say in time where it listens
 */
export async function startServer(
  folder: string,
  env: Record<string, string | undefined>,
  url?: URL,
): Promise<StartedProcess> {
  const others = Object.keys(process.env)
    .filter((name) => setting.test(name))
    .map((name) => [name, undefined])
  const outcome = await startProcess({
    command: runTs('src/main.ts'),
    cwd: folder,
    url,
    env: { ...Object.fromEntries(others), PORT: '0', ...env },
  }).catch((error: Error) => ({ output: error.message }))
  if ('started' in outcome) return outcome.started
  throw new NotStarted(folder, outcome.output)
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process that serves, and what it has printed. */
export interface Served {
  url: URL
  output(): string
  stop(): Promise<void>
}

/**
 * Starts a package's server and resolves when it has printed its URL.
 * @throws {Error} with what it printed, when it ends before that
 */
export async function serve(
  packageName: string,
  env: Record<string, string>,
): Promise<Served> {
  const folder = new URL(`../../${packageName}/`, import.meta.url)
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    cwd: fileURLToPath(folder),
    env: {
      ...process.env,
      TLS_KEY_FILE: process.env.GUARDCHECK_KEY_FILE,
      TLS_CERT_FILE: process.env.NODE_EXTRA_CA_CERTS,
      ...env,
    },
  })
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  let output = ''
  child.stderr.on('data', (text) => {
    output += text
  })
  const line = await Promise.race([
    once(child.stdout, 'data').then(([text]) => `${text}`.trim()),
    once(child, 'exit').then(() => ''),
  ])
  if (!line) throw new Error(output)
  return {
    url: new URL(line),
    output: () => output,
    async stop() {
      process.off('exit', kill)
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

import { readSettings } from './settings.ts'

/** Serves what the environment says, or says what is wrong with it. */
async function start(): Promise<void> {
  if (process.argv.length > 2) {
    throw new Error('Set variables such as PORT instead of giving arguments.')
  }
  // Whatever this process writes is for its owner only.
  process.umask(0o077)
  const settings = readSettings(process.env)
  // Only now: a mistake is told before the libraries are loaded.
  const { serve } = await import('./serve.ts')
  await serve(settings)
}

start().catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})

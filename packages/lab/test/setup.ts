import { openPair } from '../src/pair.ts'

/** Makes the pair that the processes of the tests are told to trust. */
export async function setup() {
  const pair = await openPair()
  process.env.GUARDCHECK_KEY_FILE = pair.keyFile
  process.env.NODE_EXTRA_CA_CERTS = pair.certFile
  return pair.stop
}

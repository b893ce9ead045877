import { openPair } from '@guard-up/lab'

/**
 * Makes a key and its certificate before the tests' processes start: what
 * NODE_EXTRA_CA_CERTS names is read at the start of a process only.
 */
export async function setup() {
  const pair = await openPair()
  process.env.GUARDCHECK_KEY_FILE = pair.keyFile
  process.env.NODE_EXTRA_CA_CERTS = pair.certFile
  return pair.stop
}

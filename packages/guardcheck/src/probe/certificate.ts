import { rename, writeFile } from 'node:fs/promises'

/** A private key and a certificate for it, as PEM. */
export interface Pair {
  key: string
  cert: string
}

/** A hold on the certificate that a server presents: the files it reads. */
export interface Certificate {
  /** What the files held when the server started. */
  pair: Pair
  /** Another pair for the same names. */
  other: Pair
  /** Puts a pair in their place: each file whole, the key for its owner only. */
  replace(pair: Pair): Promise<void>
}

/** A hold on the two files of a pair. */
export function createCertificate(
  files: { keyFile: string; certFile: string },
  pair: Pair,
  other: Pair,
): Certificate {
  const put = async (file: string, text: string) => {
    await writeFile(`${file}.new`, text, { mode: 0o600 })
    await rename(`${file}.new`, file)
  }
  return {
    pair,
    other,
    async replace({ key, cert }) {
      await put(files.keyFile, key)
      await put(files.certFile, cert)
    },
  }
}

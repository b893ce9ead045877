import { execFile } from 'node:child_process'
import { networkInterfaces } from 'node:os'
import { promisify } from 'node:util'
import { buildExercise, type Exercise, readExercise } from '@guard-up/exercises'
import { startSubject, startTrusting } from '@guard-up/lab'
import { catalogue } from '../../guardcheck/src/catalogue.ts'
import { issuer } from '../../guardcheck/src/families/issuer/index.ts'
import { judgeAll } from '../../guardcheck/src/judge/runner.ts'
import type { Property } from '../../guardcheck/src/property.ts'

const run = promisify(execFile)

/** A property that a broken server turns red, and why. */
export interface Failing {
  id: string
  why: string
}

/**
 * What its step promises: of anything later it says nothing. Named tokens are
 * kept by the same files at step 3 as at step 2, whose broken servers stand
 * for them; what takes many seconds is asked where it is named, and what some
 * files alone decide where one of them is another one.
 */
export function promised({ base, red, files }: Exercise): string[] {
  if (base === 'issuer') {
    return issuer
      .filter(({ id, slow }) => red.includes(id) || !slow)
      .map(({ id }) => id)
  }
  const step = Number(base.slice('step-'.length))
  const untouched = ownFiles
    .filter(([, own]) => !own.some((file) => files.includes(`src/${file}.ts`)))
    .flatMap(([ids]) => ids)
  const spared = ({ id, slow, needs }: Property) =>
    slow || needs.includes('keys') || untouched.includes(id)
  return catalogue
    .filter(({ since }) => since <= step)
    .filter(
      (property) =>
        red.includes(property.id) || !(step === 3 && spared(property)),
    )
    .map(({ id }) => id)
}

/**
 * What its step promises in the families that it breaks: all the others are
 * asked by `npm run proof`, whose table is PROOF.md.
 */
export function related(exercise: Exercise): string[] {
  const familyOf = (id: string) => id.split('/')[0]
  const families = exercise.red.map(familyOf)
  return promised(exercise).filter((id) => families.includes(familyOf(id)))
}

/** What takes seconds, and the files of step 3 that alone decide it. */
const ownFiles: [ids: string[], files: string[]][] = [
  [['tls/cert-hot-reload'], ['tls', 'env', 'main']],
  [
    ['resource/jwks-rotation', 'resource/opaque-introspection'],
    ['authority', 'jwks', 'oauth', 'guard', 'app', 'main'],
  ],
  [['transport/bind-loopback-default'], ['edge', 'env', 'tls', 'main']],
  [
    ['transport/body-read-once', 'transport/survives-any-message'],
    ['message', 'mcp', 'scopes', 'refusals', 'audit', 'app', 'main'],
  ],
  [['bearer/secret-stays-at-the-door'], ['guard', 'mcp', 'message', 'app']],
  [
    ['operation/health-silent', 'operation/auth-fail-throttle'],
    ['app', 'edge', 'guard', 'main'],
  ],
]

/**
 * Builds a broken server, starts it and says what it turns red, of the
 * properties with the given ids or of all.
 * @throws {Error} when others could reach it: use `judgeAlone` for that one
 */
export async function judgeBroken(
  name: string,
  ids?: string[],
): Promise<Failing[]> {
  const { base, network } = await readExercise(name)
  const reachable = Object.values(networkInterfaces()).flat()
  if (network && reachable.some((address) => !address?.internal)) {
    throw new Error(`${name} listens beyond loopback: judge it alone.`)
  }
  const folder = await buildExercise(name)
  const subject =
    base === 'issuer'
      ? await startTrusting(undefined, folder)
      : await startSubject(folder)
  try {
    const asked = catalogue.filter(({ id }) => ids?.includes(id) ?? true)
    const { results } = await judgeAll(asked, subject.options)
    return results
      .filter(({ verdict }) => verdict === 'fails')
      .map(({ property, why }) => ({ id: property.id, why }))
  } finally {
    await subject.stop()
  }
}

/** A network of its own, in which nothing but loopback exists. */
export const alone = [
  '--map-root-user',
  '--net',
  'sh',
  '-c',
  'ip link set lo up && exec "$0" "$@"',
]

/** Why no network of its own can be had here; undefined when it can. */
export async function whyNotAlone(): Promise<string | undefined> {
  try {
    await run('unshare', [...alone, 'true'])
    return undefined
  } catch (error) {
    const [reason] = `${(error as Error).message}`.split('\n').slice(-2)
    return `A server that listens everywhere is only started in a network of its own, and none can be had here: ${reason}`
  }
}

/** Does the same where the server can reach nobody and nobody can reach it. */
export async function judgeAlone(
  name: string,
  ids: string[] = [],
): Promise<Failing[]> {
  const script = ['--import', 'tsx', 'test/isolated.ts', name, ...ids]
  const { stdout } = await run(
    'unshare',
    [...alone, process.execPath, ...script],
    { cwd: new URL('..', import.meta.url), timeout: 300_000 },
  )
  return JSON.parse(stdout)
}

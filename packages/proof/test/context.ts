import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import dockerignore from '@balena/dockerignore'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const place = 'deploy/Dockerfile.dockerignore'

/** Of these paths, those that Docker would take along for the image. */
export function takenAlong(paths: string[]): string[] {
  const rules = readFileSync(`${root}${place}`, 'utf8')
  return dockerignore.default().add(rules).filter(paths)
}

/** Every path that is in the repository. */
export const listCommitted = (): string[] =>
  execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean)

import type { Answer } from '../../probe/answer.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect, Violation } from '../../property.ts'
import { ask, said } from './answer.ts'

export const wellKnown = '/.well-known/oauth-protected-resource'

/** Where the metadata of the subject is to be (RFC 9728 §3.1). */
export const metadataPath = ({ url }: Subject) =>
  wellKnown + url.pathname.replace(/\/$/, '')

/** The metadata of a resource, as far as it is looked at. */
interface ResourceMetadata {
  resource?: unknown
  authorization_servers: string[]
  scopes_supported: string[]
  bearer_methods_supported?: unknown
}

/**
 * The metadata at its well-known place.
 * @throws {Violation} when there is none
 */
export async function readMetadata(
  subject: Subject,
): Promise<{ answer: Answer; metadata: ResourceMetadata }> {
  const target = metadataPath(subject)
  const answer = await ask(subject, { method: 'GET', target, body: null })
  expect(
    answer.status === 200,
    `GET ${target} was answered ${said(answer)}: nobody issues tokens for it.`,
  )
  const found = parse(answer.body)
  const list = (value: unknown) =>
    Array.isArray(value) ? value.map(String) : []
  return {
    answer,
    metadata: {
      ...found,
      authorization_servers: list(found.authorization_servers),
      scopes_supported: list(found.scopes_supported),
    },
  }
}

/** Every scope that the metadata lists; none where there is no metadata. */
export async function findScopes(subject: Subject): Promise<string[]> {
  try {
    const { metadata } = await readMetadata(subject)
    return metadata.scopes_supported
  } catch (error) {
    if (error instanceof Violation) return []
    throw error
  }
}

export function parse(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

/** Whether it is the URL that clients use; an origin may lack its slash. */
export const isNameOf = ({ url }: Subject, name: string) =>
  name === url.href || (url.pathname === '/' && `${name}/` === url.href)

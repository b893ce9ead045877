import type { Property } from '../../property.ts'
import { crossClientIsolation } from './cross-client-isolation.ts'
import { sessionBoundPrincipal } from './session-bound-principal.ts'
import { sessionLifecycle } from './session-lifecycle.ts'
import { sessionNoFixation } from './session-no-fixation.ts'
import { sessionNotAuth } from './session-not-auth.ts'
import { sessionUnguessable } from './session-unguessable.ts'

/** Session ids name a conversation; they are never a credential. */
export const session: Property[] = [
  sessionNotAuth,
  sessionBoundPrincipal,
  sessionUnguessable,
  sessionNoFixation,
  sessionLifecycle,
  crossClientIsolation,
]

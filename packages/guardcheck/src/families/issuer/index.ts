import type { Property } from '../../property.ts'
import { asMetadata } from './as-metadata.ts'
import { authorizeUiHardened } from './authorize-ui-hardened.ts'
import { cimdSafe } from './cimd-safe.ts'
import { codeOneShot } from './code-one-shot.ts'
import { dcrHygiene } from './dcr-hygiene.ts'
import { issAndState } from './iss-and-state.ts'
import { pkceRequiredS256 } from './pkce-required-s256.ts'
import { redirectExact } from './redirect-exact.ts'
import { redirectSafeScheme } from './redirect-safe-scheme.ts'
import { refreshNarrowBound } from './refresh-narrow-bound.ts'
import { refreshRotationReuse } from './refresh-rotation-reuse.ts'
import { resourceToAud } from './resource-to-aud.ts'
import { revocation } from './revocation.ts'
import { tokenEndpointHygiene } from './token-endpoint-hygiene.ts'

/** What the authorization server does that a server trusts. */
export const issuer: Property[] = [
  asMetadata,
  pkceRequiredS256,
  codeOneShot,
  redirectExact,
  redirectSafeScheme,
  issAndState,
  resourceToAud,
  refreshRotationReuse,
  refreshNarrowBound,
  tokenEndpointHygiene,
  authorizeUiHardened,
  cimdSafe,
  dcrHygiene,
  revocation,
]

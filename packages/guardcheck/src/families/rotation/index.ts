import type { Property } from '../../property.ts'
import { namedClientTokens } from './named-client-tokens.ts'
import { reloadKeepsLastGood } from './reload-keeps-last-good.ts'
import { revokeClosesStreams } from './revoke-closes-streams.ts'
import { revokeOneClient } from './revoke-one-client.ts'
import { rotationOldDies } from './rotation-old-dies.ts'
import { rotationOverlap } from './rotation-overlap.ts'
import { rotationZeroFailed } from './rotation-zero-failed.ts'
import { tokenExpiry } from './token-expiry.ts'

/** Secrets change while the server serves: new ones come, old ones end. */
export const rotation: Property[] = [
  rotationOverlap,
  rotationOldDies,
  rotationZeroFailed,
  reloadKeepsLastGood,
  namedClientTokens,
  revokeOneClient,
  tokenExpiry,
  revokeClosesStreams,
]

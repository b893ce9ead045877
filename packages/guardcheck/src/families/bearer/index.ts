import type { Property } from '../../property.ts'
import { challengeWellformed } from './challenge/challenge-wellformed.ts'
import { missing401Challenge } from './challenge/missing-401-challenge.ts'
import { missingNoErrorCode } from './challenge/missing-no-error-code.ts'
import { noOauthMirage } from './challenge/no-oauth-mirage.ts'
import { noStore } from './challenge/no-store.ts'
import { noTokenLeak } from './challenge/no-token-leak.ts'
import { uniform401 } from './challenge/uniform-401.ts'
import { altCarriersIgnored } from './credential/alt-carriers-ignored.ts'
import { authHeaderSingle } from './credential/auth-header-single.ts'
import { compareConstantTime } from './credential/compare-constant-time.ts'
import { malformed400 } from './credential/malformed-400.ts'
import { noSideDoor } from './credential/no-side-door.ts'
import { queryTokenIgnored } from './credential/query-token-ignored.ts'
import { schemeCaseInsensitive } from './credential/scheme-case-insensitive.ts'
import { verifierFaultClosed } from './credential/verifier-fault-closed.ts'
import { wrong401InvalidToken } from './credential/wrong-401-invalid-token.ts'
import { guardBeforeSession } from './order/guard-before-session.ts'
import { guardBeforeWork } from './order/guard-before-work.ts'
import { secretStaysAtTheDoor } from './order/secret-stays-at-the-door.ts'

/** The guard's promises about the Authorization header. */
export const bearer: Property[] = [
  missing401Challenge,
  missingNoErrorCode,
  wrong401InvalidToken,
  malformed400,
  schemeCaseInsensitive,
  authHeaderSingle,
  queryTokenIgnored,
  altCarriersIgnored,
  noSideDoor,
  secretStaysAtTheDoor,
  guardBeforeWork,
  guardBeforeSession,
  challengeWellformed,
  noTokenLeak,
  noStore,
  uniform401,
  verifierFaultClosed,
  noOauthMirage,
  compareConstantTime,
]

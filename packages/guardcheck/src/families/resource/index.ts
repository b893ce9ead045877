import type { Property } from '../../property.ts'
import { challengeConfigDerived } from './metadata/challenge-config-derived.ts'
import { challengeResourceMetadata } from './metadata/challenge-resource-metadata.ts'
import { challengeScope } from './metadata/challenge-scope.ts'
import { prmContent } from './metadata/prm-content.ts'
import { prmServed } from './metadata/prm-served.ts'
import { expiredBeforeScope } from './scopes/expired-before-scope.ts'
import { scopeStepUp403 } from './scopes/scope-step-up-403.ts'
import { toolScopeEnforced } from './scopes/tool-scope-enforced.ts'
import { algConfusionRefused } from './token/alg-confusion-refused.ts'
import { audBound } from './token/aud-bound.ts'
import { expNbfSkew } from './token/exp-nbf-skew.ts'
import { headerKeysIgnored } from './token/header-keys-ignored.ts'
import { issExact } from './token/iss-exact.ts'
import { noTokenPassthrough } from './token/no-token-passthrough.ts'
import { typAtJwt } from './token/typ-at-jwt.ts'
import { verifiedTokenOnly } from './token/verified-token-only.ts'
import { issuerNotDriven } from './trust/issuer-not-driven.ts'
import { jwksAbuse } from './trust/jwks-abuse.ts'
import { jwksRotation } from './trust/jwks-rotation.ts'
import { opaqueIntrospection } from './trust/opaque-introspection.ts'

/** What a server asks of the access tokens that people's clients bring. */
export const resource: Property[] = [
  prmServed,
  prmContent,
  challengeResourceMetadata,
  challengeConfigDerived,
  challengeScope,
  audBound,
  issExact,
  algConfusionRefused,
  headerKeysIgnored,
  expNbfSkew,
  typAtJwt,
  jwksRotation,
  jwksAbuse,
  scopeStepUp403,
  toolScopeEnforced,
  expiredBeforeScope,
  noTokenPassthrough,
  opaqueIntrospection,
  verifiedTokenOnly,
  issuerNotDriven,
]

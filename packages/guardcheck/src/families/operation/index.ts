import type { Property } from '../../property.ts'
import { auditLog } from './audit-log.ts'
import { authFailThrottle } from './auth-fail-throttle.ts'
import { everyCallAudited } from './every-call-audited.ts'
import { healthSilent } from './health-silent.ts'
import { nothingRunsOn } from './nothing-runs-on.ts'

/** What an operator sees, and what a stranger does not. */
export const operation: Property[] = [
  auditLog,
  everyCallAudited,
  nothingRunsOn,
  authFailThrottle,
  healthSilent,
]

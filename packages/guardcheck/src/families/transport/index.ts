import type { Property } from '../../property.ts'
import { corsAllowlistOnly } from './edge/cors-allowlist-only.ts'
import { hostLineStrict } from './edge/host-line-strict.ts'
import { hostRebind403 } from './edge/host-rebind-403.ts'
import { originForeign403 } from './edge/origin-foreign-403.ts'
import { slowClientCut } from './edge/slow-client-cut.ts'
import { bindLoopbackDefault } from './endpoint/bind-loopback-default.ts'
import { method405 } from './endpoint/method-405.ts'
import { noInternalsLeak } from './endpoint/no-internals-leak.ts'
import { pathVariantsGuarded } from './endpoint/path-variants-guarded.ts'
import { batchRejected } from './message/batch-rejected.ts'
import { bodyLimit } from './message/body-limit.ts'
import { bodyReadOnce } from './message/body-read-once.ts'
import { framingConflict400 } from './message/framing-conflict-400.ts'
import { jsonOnlyContentType } from './message/json-only-content-type.ts'
import { survivesAnyMessage } from './message/survives-any-message.ts'

/** What the endpoint lets in before anyone asks who is calling. */
export const transport: Property[] = [
  bindLoopbackDefault,
  bodyLimit,
  jsonOnlyContentType,
  method405,
  pathVariantsGuarded,
  framingConflict400,
  batchRejected,
  bodyReadOnce,
  survivesAnyMessage,
  noInternalsLeak,
  originForeign403,
  hostRebind403,
  hostLineStrict,
  corsAllowlistOnly,
  slowClientCut,
]

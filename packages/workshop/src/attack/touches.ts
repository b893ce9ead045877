/** The properties whose absence lets an attack through, by its name. */
export const touches: Record<string, readonly string[]> = {
  'read-salaries': ['bearer/missing-401-challenge', 'bearer/guard-before-work'],
  'dump-customers': [
    'bearer/missing-401-challenge',
    'bearer/guard-before-work',
  ],
  'ask-stock': [
    'bearer/missing-401-challenge',
    'resource/no-token-passthrough',
  ],
  'refund-myself': ['bearer/missing-401-challenge', 'bearer/guard-before-work'],
  'rebind-dns': ['transport/host-rebind-403', 'transport/origin-foreign-403'],
  'spell-path': ['transport/path-variants-guarded'],
  'invent-session': ['session/session-not-auth'],
  'guess-undefined': [
    'secret/no-start-without-secret',
    'bearer/wrong-401-invalid-token',
  ],
  'guess-placeholder': [
    'secret/no-start-weak-secret',
    'bearer/wrong-401-invalid-token',
  ],
  'add-character': [
    'bearer/wrong-401-invalid-token',
    'bearer/compare-constant-time',
  ],
  'open-link': ['bearer/query-token-ignored'],
  'refused-but-ran': ['bearer/guard-before-work'],
  'smuggle-batch': ['transport/batch-rejected'],
  'read-source': ['secret/secret-hashed-in-store'],
  'photograph-slide': ['rotation/rotation-old-dies'],
  'steal-laptop': ['rotation/revoke-one-client'],
  'deny-refund': ['rotation/named-client-tokens', 'operation/audit-log'],
  'say-none': ['resource/alg-confusion-refused'],
  'bring-another': ['resource/aud-bound'],
  'overstep-scope': ['resource/tool-scope-enforced'],
  'replay-after-logout': ['resource/opaque-introspection'],
  'come-from-page': ['transport/origin-foreign-403'],
  'speak-plainly': ['tls/plain-http-dead'],
  'listen-in': ['tls/plain-http-dead', 'tls/tls12-min'],
}

const asvs = (page: string) =>
  `https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/${page}`

/** Sections of the OWASP ASVS 5.0 that several families cite. */
export const asvsSections = {
  authentication: asvs('0x15-V6-Authentication.md'),
  backends: asvs(
    '0x22-V13-Configuration.md#v132-backend-communication-configuration',
  ),
  errors: asvs(
    '0x25-V16-Security-Logging-and-Error-Handling.md#v165-error-handling',
  ),
  logProtection: asvs(
    '0x25-V16-Security-Logging-and-Error-Handling.md#v164-log-protection',
  ),
  logging: asvs(
    '0x25-V16-Security-Logging-and-Error-Handling.md#v162-general-logging',
  ),
  operations: asvs(
    '0x17-V8-Authorization.md#v83-operation-level-authorization',
  ),
  random: asvs('0x20-V11-Cryptography.md#v115-random-values'),
  secrets: asvs('0x22-V13-Configuration.md#v133-secret-management'),
  securityEvents: asvs(
    '0x25-V16-Security-Logging-and-Error-Handling.md#v163-security-events',
  ),
  termination: asvs('0x16-V7-Session-Management.md#v74-session-termination'),
}

/** A section of the OAuth 2.1 draft. */
export const oauth21 = (section: string) =>
  `https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-13#section-${section}`

export const tokenTheft =
  'https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization#token-theft'

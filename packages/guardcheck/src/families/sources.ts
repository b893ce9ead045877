/** A section of an RFC. */
export const rfc = (number: number, section: string) =>
  `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`

/** A section of the OAuth 2.1 draft. */
export const oauth21 = (section: string) =>
  `https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-13#section-${section}`

const mcp = (page: string) => (section: string) =>
  `https://modelcontextprotocol.io/specification/2025-11-25/basic/${page}#${section}`

/** Sections of the MCP specification, by page. */
export const authorization = mcp('authorization')
export const practices = mcp('security_best_practices')
export const transports = mcp('transports')

/** A place in the draft of its pages about authorization. */
export const draft = (place: string) =>
  `https://modelcontextprotocol.io/specification/draft/basic/authorization${place}`

const asvs = (page: string) =>
  `https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/${page}`

/** Chapters of the OWASP ASVS 5.0. */
export const asvsChapters = {
  authentication: asvs('0x15-V6-Authentication.md'),
  configuration: asvs('0x22-V13-Configuration.md'),
  cryptography: asvs('0x20-V11-Cryptography.md'),
  dataProtection: asvs('0x23-V14-Data-Protection.md'),
  errors: asvs('0x25-V16-Security-Logging-and-Error-Handling.md'),
}

/** Sections of the OWASP ASVS 5.0 that several families cite. */
export const asvsSections = {
  antiAutomation: asvs(
    '0x11-V2-Validation-and-Business-Logic.md#v24-anti-automation',
  ),
  authenticationGeneral: asvs(
    '0x15-V6-Authentication.md#v63-general-authentication-security',
  ),
  backends: asvs(
    '0x22-V13-Configuration.md#v132-backend-communication-configuration',
  ),
  browserHeaders: asvs(
    '0x12-V3-Web-Frontend-Security.md#v34-browser-security-mechanism-headers',
  ),
  errors: asvs(
    '0x25-V16-Security-Logging-and-Error-Handling.md#v165-error-handling',
  ),
  https: asvs(
    '0x21-V12-Secure-Communication.md#v122-https-communication-with-external-facing-services',
  ),
  leakage: asvs(
    '0x22-V13-Configuration.md#v134-unintended-information-leakage',
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
  origins: asvs(
    '0x12-V3-Web-Frontend-Security.md#v35-browser-origin-separation',
  ),
  random: asvs('0x20-V11-Cryptography.md#v115-random-values'),
  secrets: asvs('0x22-V13-Configuration.md#v133-secret-management'),
  securityEvents: asvs(
    '0x25-V16-Security-Logging-and-Error-Handling.md#v163-security-events',
  ),
  sessionTimeout: asvs('0x16-V7-Session-Management.md#v73-session-timeout'),
  sessions: asvs(
    '0x16-V7-Session-Management.md#v72-fundamental-session-management-security',
  ),
  tls: asvs(
    '0x21-V12-Secure-Communication.md#v121-general-tls-security-guidance',
  ),
  termination: asvs('0x16-V7-Session-Management.md#v74-session-termination'),
  webServices: asvs(
    '0x13-V4-API-and-Web-Service.md#v41-generic-web-service-security',
  ),
}

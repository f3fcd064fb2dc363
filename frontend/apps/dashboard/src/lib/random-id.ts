// Ids that are made here: of changes, and of requests that may be sent twice.

/** Not `randomUUID`, which pages without TLS do not have. */
export const randomId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')

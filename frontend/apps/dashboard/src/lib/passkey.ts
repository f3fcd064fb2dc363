// Passkeys in the browser: makes one, and lets one answer a challenge of the server.

/** Why the browser made or used no passkey; null if the user cancelled. */
export type PasskeyProblem = { message: string; code: string } | null

export type PasskeyAnswer = { ok: true; credential: unknown } | { ok: false; problem: PasskeyProblem }

/** The options of the server, as JSON. */
interface Options {
  publicKey: unknown
}

/** Whether this browser has passkeys for this page: it needs https or localhost, and a host name. */
export const hasPasskeys = (): boolean =>
  typeof PublicKeyCredential !== 'undefined' &&
  typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function' &&
  !/^[\d.]+$|:/.test(location.hostname)

export const makePasskey = (options: unknown): Promise<PasskeyAnswer> =>
  answered(() => {
    const { publicKey } = options as Options
    return navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey as PublicKeyCredentialCreationOptionsJSON),
    })
  })

export const answerWithPasskey = (options: unknown): Promise<PasskeyAnswer> =>
  answered(() => {
    const { publicKey } = options as Options
    return navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey as PublicKeyCredentialRequestOptionsJSON),
    })
  })

async function answered(ask: () => Promise<Credential | null>): Promise<PasskeyAnswer> {
  try {
    const credential = (await ask()) as PublicKeyCredential | null
    if (!credential) return { ok: false, problem: null }
    return { ok: true, credential: credential.toJSON() }
  } catch (error) {
    const name = error instanceof DOMException ? error.name : ''
    if (name === 'NotAllowedError' || name === 'AbortError') return { ok: false, problem: null }
    const message =
      name === 'InvalidStateError'
        ? 'This device has a passkey for your account already.'
        : `The browser could not use a passkey: ${error instanceof Error ? error.message : String(error)}`
    return { ok: false, problem: { message, code: 'PASSKEY_FAILED' } }
  }
}

// The email address, the second factor and the sessions of the signed-in user. Every code of six digits is accepted.

import { Problem } from '../store.ts'
import type { Mock } from './shared.ts'

const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const AN_HOUR = 3_600_000

/** A picture of the right size; it contains nothing. */
const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29" shape-rendering="crispEdges">
<rect width="29" height="29" fill="#fff"/><path d="M4 4h7v7H4zM18 4h7v7h-7zM4 18h7v7H4zM13 6h2v2h-2zM14 12h5v3h-5zM18 19h3v5h-3zM22 14h3v3h-3z"/></svg>`

const codes = (start: number) => Array.from({ length: 10 }, (_, at) => `k${start}m${at}w-xh${at}r${start}`)

export function account({ store, wait }: Mock) {
  let change: Record<string, unknown> | null = null
  const waiting = (email: string | null, isVerification: boolean) => ({
    email,
    isVerification,
    newConfirmed: false,
    oldConfirmed: isVerification ? null : false,
    createdAt: ago(0),
    expiresAt: ago(-24),
  })
  let onSince: string | null = null
  let others = true
  const ago = (hours: number) => new Date(Date.now() - hours * AN_HOUR).toISOString()
  const twoFactor = () => ({ onSince, recoveryCodesLeft: onSince ? 10 : 0 })
  const session = (id: string, device: string, address: string, hours: number) => ({
    sessionId: `sess_01k000000000000000000000${id}`,
    device,
    address,
    createdAt: ago(hours * 9),
    lastSeenAt: ago(hours),
    isCurrent: hours === 0,
  })
  return {
    twoFactor: async () => (await wait(), twoFactor()),
    sessions: async () => (
      await wait(),
      [
        { ...session('00', 'Chrome on Linux', '127.0.0.1', 0), createdAt: ago(2) },
        ...(others
          ? [
              session('01', 'Safari on iPhone', '198.51.100.23', 5),
              session('02', 'Firefox on Windows', '2001:db8:1:2::/64', 70),
            ]
          : []),
      ]
    ),
    passkeysPossible: () => true,
    passkeys: async () => (
      await wait(),
      [{ passkeyId: 'pkey_01k0000000000000000000000', name: 'iPhone', createdAt: ago(900), lastUsedAt: ago(30) }]
    ),
    emailChange: async () => (await wait(), change),
    changeEmail: ({ input }: { input: { email: string } }) => {
      change = waiting(input.email, false)
      return { emailChange: change }
    },
    verifyEmail: () => {
      change = waiting(store.data.user.email, true)
      return { emailChange: change }
    },
    resendEmailChange: () => {
      if (!change) throw new Problem('CONFLICT', 'No change of your email address waits for a confirmation')
      return { emailChange: change }
    },
    cancelEmailChange: () => {
      change = null
      return { ok: true }
    },
    beginTwoFactor: () => ({
      secret: SECRET,
      uri: `otpauth://totp/FlowMason:ada?secret=${SECRET}&issuer=FlowMason`,
      qrCode: PICTURE,
    }),
    confirmTwoFactor: ({ input }: { input: { code: string } }) => {
      if (!/^\d{6}$/.test(input.code)) throw new Problem('INVALID_INPUT', 'code: is wrong, too old or already used')
      onSince = new Date().toISOString()
      return { recoveryCodes: codes(2), twoFactor: twoFactor() }
    },
    disableTwoFactor: () => {
      onSince = null
      return { twoFactor: twoFactor() }
    },
    renewRecoveryCodes: () => ({ recoveryCodes: codes(3), twoFactor: twoFactor() }),
    endSession: ({ input }: { input: { sessionId: string } }) => ({ endedSessionId: input.sessionId }),
    endOtherSessions: () => {
      others = false
      return { ended: 2 }
    },
  }
}

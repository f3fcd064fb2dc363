// The account in a session that cannot change it, because the organization's single sign-on opened it.

import { Lock } from 'lucide-react'
import { Note } from '@flowmason/ui'

/** What such a session cannot do, and how to do it. */
export const LockedAccount = () => (
  <Note icon={<Lock size={15} aria-hidden="true" />}>
    You signed in with your organization’s single sign-on. Such a session cannot change your account: your name, email
    address, password, two-factor authentication, passkeys and connected accounts. To change them, sign in with your
    password or a passkey, if your organization lets you. Without a password, use “Forgot password?” on the sign-in
    page. A new organization needs such a sign-in, too.
  </Note>
)

// Signing in and out: same-origin JSON POSTs; the server responds with an HttpOnly cookie.

import type { ApiProblem } from './problem.ts'

/** Where the browser remembers that it has had a session, whose cookie no script can read. */
export const SESSION_KEY = 'flowmason.session'

export type SignInAnswer<Body = unknown> = { ok: true; body: Body } | ({ ok: false } & ApiProblem)

/** Posts JSON to one of the sign-in routes, which respond with JSON or an error. */
export async function post<Body = unknown>(path: string, body: object): Promise<SignInAnswer<Body>> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (response.ok) return { ok: true, body: (await response.json()) as Body }
    const { error } = (await response.json().catch(() => ({}))) as {
      error?: Partial<ApiProblem>
    }
    return {
      ok: false,
      message: error?.message ?? `The server responded with status ${response.status}.`,
      code: error?.code ?? `HTTP_${response.status}`,
      requestId: error?.requestId ?? response.headers.get('x-request-id') ?? undefined,
      providers: error?.providers,
    }
  } catch {
    return { ok: false, message: 'The server cannot be reached. Is it running?', code: 'OFFLINE' }
  }
}

/** The answer to a first proof: whether the account needs a code, too. */
export interface FirstStep {
  codeRequired?: boolean
}

export const signInByLink = (token: string) => post<FirstStep>('/auth/link', { token })
export const signInByPassword = (email: string, password: string) =>
  post<FirstStep>('/auth/password', { email, password })
/** An identity provider to sign in with. */
export interface ProviderButton {
  name: string
  path: string
}

/** The ways to sign in. */
export interface SignInMethods {
  providers: readonly ProviderButton[]
  /** Whether strangers can sign up. */
  signUp: boolean
}

/** The ways for an address: the identity providers of the server, and those of the address's organization. */
export const signInMethods = (email?: string) => post<SignInMethods>('/auth/methods', email ? { email } : {})
/** Begins to connect an account at an identity provider; the answer has the address to open. */
export const connectAccount = (provider: string, next: string) =>
  post<{ url: string }>('/auth/connect', { provider, next })
/** Ends the session, and returns where to go: to the identity provider, if it signs people out too. */
export async function signOut(): Promise<string> {
  const answer = await post<{ next?: string }>('/auth/sign-out', {})
  // Whoever signs out needs no reason for being signed out.
  if (answer.ok) localStorage.removeItem(SESSION_KEY)
  return (answer.ok && answer.body.next) || '/sign-in'
}

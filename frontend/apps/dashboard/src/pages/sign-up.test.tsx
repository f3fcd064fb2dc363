// @vitest-environment happy-dom
import type { ReactNode } from 'react'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SignUp } from './sign-up.tsx'

vi.mock('@tanstack/react-router', () => ({
  Link: ({ children }: { children: ReactNode }) => <a href="/sign-in">{children}</a>,
}))

/** What the server answers, by path. */
const answers = new Map<string, object>()
const asked: [string, unknown][] = []

beforeEach(() => {
  answers.clear()
  asked.length = 0
  vi.stubGlobal('fetch', (path: string, { body }: { body: string }) => {
    asked.push([path, JSON.parse(body)])
    return Promise.resolve(Response.json(answers.get(path) ?? {}))
  })
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

test('a server that is not open for sign-up says that an invitation is needed', async () => {
  answers.set('/auth/methods', { providers: [], signUp: false })
  render(<SignUp />)
  expect(await screen.findByText('You need an invitation')).toBeTruthy()
  expect(screen.queryByLabelText('Email')).toBeNull()
})

test('what was entered is sent once it is complete, and the page says that a letter is on its way', async () => {
  answers.set('/auth/methods', { providers: [], signUp: true })
  answers.set('/auth/sign-up', { ok: true })
  render(<SignUp />)
  const email = await screen.findByLabelText('Email')
  const fill = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } })
  const form = email.closest('form') as HTMLFormElement
  fireEvent.submit(form)
  expect(asked.map(([path]) => path)).toEqual(['/auth/methods'])
  fill('Your name', 'Ada')
  fill('Email', 'ada@example.test')
  fill('Organization', 'Engines')
  fill('Password', 'correct horse')
  fireEvent.submit(form)
  expect(await screen.findByText(/A letter is on its way/)).toBeTruthy()
  expect(asked.at(-1)).toEqual([
    '/auth/sign-up',
    { name: 'Ada', email: 'ada@example.test', organization: 'Engines', password: 'correct horse' },
  ])
})

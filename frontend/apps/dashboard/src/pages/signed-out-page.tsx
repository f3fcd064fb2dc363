// The frame of the pages for people who are not signed in: the logo, a heading, and the content below it.

import type { ReactNode } from 'react'
import { Mark } from '@flowmason/ui'

interface Props {
  title: string
  /** A line below the title. */
  text?: ReactNode
  children: ReactNode
}

export const SignedOutPage = ({ title, text, children }: Props) => (
  <main className="flex min-h-dvh items-center justify-center px-4 py-10">
    <div className="flex w-full max-w-92 flex-col gap-6">
      <div className="flex flex-col items-center gap-4 text-center">
        <Mark size={40} />
        <div className="max-w-full">
          <h1 className="page-title break-words">{title}</h1>
          {text && <p className="break-words text-muted">{text}</p>}
        </div>
      </div>
      {children}
    </div>
  </main>
)

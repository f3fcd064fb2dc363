// What can be done on the page that is open, as the command palette offers it.

import { useEffect, useRef } from 'react'
import { createStore } from 'zustand/vanilla'

export interface PageCommand {
  name: string
  /** Other words by which it is found. */
  words: string
  /** The key that does the same. */
  keys?: string
  run: () => void
}

export const pageCommands = createStore<{ commands: readonly PageCommand[] }>(() => ({ commands: [] }))

/** Offers a command for as long as the caller is on the page. */
export function usePageCommand(command: PageCommand) {
  const { name, words, keys } = command
  const run = useRef(command.run)
  useEffect(() => {
    run.current = command.run
  })
  useEffect(() => {
    const own: PageCommand = { name, words, ...(keys === undefined ? {} : { keys }), run: () => run.current() }
    pageCommands.setState(({ commands }) => ({ commands: [...commands, own] }))
    return () => pageCommands.setState(({ commands }) => ({ commands: commands.filter((each) => each !== own) }))
  }, [name, words, keys])
}

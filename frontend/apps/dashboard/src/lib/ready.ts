// Marks the page as ready for input. Tests wait for it, since keys pressed earlier would be lost.

import { useEffect } from 'react'

export function useReady(ready = true) {
  useEffect(() => {
    if (ready) document.getElementById('root')?.setAttribute('data-ready', '')
  }, [ready])
}

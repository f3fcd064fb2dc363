// The mark that the page listens: tests wait for it, since keys pressed before would be lost.

import { useEffect } from 'react'

export function useReady(ready = true) {
  useEffect(() => {
    if (ready) document.getElementById('root')?.setAttribute('data-ready', '')
  }, [ready])
}

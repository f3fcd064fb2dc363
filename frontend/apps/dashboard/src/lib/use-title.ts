import { useEffect } from 'react'

export function useTitle(...parts: (string | undefined)[]) {
  const title = [...parts, 'FlowMason'].filter(Boolean).join(' · ')
  useEffect(() => {
    document.title = title
  }, [title])
}

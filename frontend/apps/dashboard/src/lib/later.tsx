// Parts of a page that are not visible at first: loaded after it but before they are needed, so that they also open
// when the server has become unreachable. A part that is not loaded by then opens once the server is back.

import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
import { loadUntilThere } from '@flowmason/ui'
import { loadWhenIdle } from './idle.ts'

const PRELOAD_DELAY_MS = 1500

export function later<Name extends string, Props extends object>(
  load: () => Promise<Record<Name, ComponentType<Props>>>,
  name: Name,
): LazyExoticComponent<ComponentType<Props>> & { preload: () => void } {
  const once = () => load().then((module) => ({ default: module[name] }))
  // A failed import would otherwise stay failed for as long as the page is open.
  const part = lazy(() => loadUntilThere(once))
  return Object.assign(part, { preload: () => void setTimeout(() => void loadWhenIdle(once), PRELOAD_DELAY_MS) })
}

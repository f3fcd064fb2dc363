// Preloading waits until the page is idle and loads one module at a time, since each is compiled as soon as it arrives.

const LATEST_MS = 2000

function whenIdle(): Promise<void> {
  return new Promise((resolve) => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => resolve(), { timeout: LATEST_MS })
    else setTimeout(resolve, 50)
  })
}

let last: Promise<unknown> = Promise.resolve()

/** Loads it after everything queued before. A failure is ignored: the module is loaded again when it is needed. */
export function loadWhenIdle(load: () => Promise<unknown>): Promise<void> {
  const mine = last.then(whenIdle).then(load)
  last = mine.catch(() => {})
  return last as Promise<void>
}

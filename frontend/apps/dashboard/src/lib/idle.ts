// What is loaded ahead waits until the page has nothing else to do, one thing at a time: each is compiled at once.

const LATEST_MS = 2000

function whenIdle(): Promise<void> {
  return new Promise((resolve) => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => resolve(), { timeout: LATEST_MS })
    else setTimeout(resolve, 50)
  })
}

let last: Promise<unknown> = Promise.resolve()

/** Loads it after everything that was asked for before; what fails is tried again when it is needed. */
export function loadWhenIdle(load: () => Promise<unknown>): Promise<void> {
  const mine = last.then(whenIdle).then(load)
  last = mine.catch(() => {})
  return last as Promise<void>
}

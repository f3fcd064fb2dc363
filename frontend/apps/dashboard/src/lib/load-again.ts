// A part of the dashboard that could not be loaded: it is asked for again until it is there. If the server answers and
// has no such part, it serves another version of the dashboard by now, and the page is loaded anew.

export const AGAIN_MS = 1500

/** Resolves as soon as the part is there, however long the server is away. */
export async function loadUntilThere<T>(load: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await load()
    } catch (reason) {
      await reloadIfOutdated(reason)
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }
}

/** The file is missing although the server answers: another version is served now, with other names. */
export async function reloadIfOutdated(reason: unknown) {
  if (await answers()) reloadOnce(reason)
}

async function answers(): Promise<boolean> {
  try {
    return (await fetch('/healthz', { cache: 'no-store' })).ok
  } catch {
    return false
  }
}

const RELOADED = 'flowmason.reloaded'

function reloadOnce(reason: unknown) {
  const last = Number(sessionStorage.getItem(RELOADED) ?? 0)
  if (Date.now() - last < 30_000) {
    console.error('A part of the dashboard cannot be loaded.', reason)
    return
  }
  sessionStorage.setItem(RELOADED, String(Date.now()))
  location.reload()
}

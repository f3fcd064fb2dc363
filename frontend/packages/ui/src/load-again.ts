// Retries loading a part of the dashboard until it succeeds. If the server responds but no longer has the file, it
// serves another version of the dashboard by now, and the page is reloaded. A page that the browser has kept is, too.

export const RETRY_MS = 1500

/** Resolves once the part is loaded, however long the server is unreachable. */
export async function loadUntilThere<T>(load: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await load()
    } catch (reason) {
      await reloadIfOutdated(reason)
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}

/** The file is missing although the server responds: another version is served now, with other file names. */
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

/** Browsers keep whole pages for the way back. Whoever goes back may be somebody else by now, or nobody. */
export function reloadIfRestored() {
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload()
  })
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

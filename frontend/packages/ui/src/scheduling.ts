// Yields between pieces of work, so that the page can respond to a key or a click in between.

/** Resolves in a new task, after pending events were handled. */
export const yieldToPage = () => new Promise<void>((resolve) => setTimeout(resolve))

/** Resolves once pending changes are on the screen; a hidden page has no frames to wait for. */
export const afterPaint = () =>
  document.hidden ? yieldToPage() : new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve)))

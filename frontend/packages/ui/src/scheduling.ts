// When work goes on, so that the page can answer to a key or a click in between.

/** Ends in a task of its own: the page has its turn before. */
export const yieldToPage = () => new Promise<void>((resolve) => setTimeout(resolve))

/** Ends when what was changed is on the screen; a hidden page has no frames to wait for. */
export const afterPaint = () =>
  document.hidden ? yieldToPage() : new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve)))

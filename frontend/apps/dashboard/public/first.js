// Runs before everything else, as a plain script, because the evaluation order of the page's modules is not
// guaranteed.
;(() => {
  // Sets the theme before the first paint, so that a dark page does not flash white.
  const saved = localStorage.getItem('flowmason.theme')
  const known = saved === 'light' || saved === 'dark' || saved === 'contrast'
  const system = matchMedia('(prefers-contrast: more)').matches
    ? 'contrast'
    : matchMedia('(prefers-color-scheme: dark)').matches
      ? 'dark'
      : 'light'
  document.documentElement.dataset.theme = known ? saved : system

  // Some libraries insert <style> elements. The content security policy allows those with the response's
  // nonce, so it is set on each of them here.
  const nonce = document.currentScript?.nonce
  if (nonce) {
    const make = document.createElement.bind(document)
    document.createElement = (tag, options) => {
      const element = make(tag, options)
      if (tag === 'style') element.nonce = nonce
      return element
    }
  }
})()

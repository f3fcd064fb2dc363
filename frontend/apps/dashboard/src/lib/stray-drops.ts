// Files that are dropped where nothing takes them.

/** A file that misses its zone would replace the page with itself. Installed once for the whole document. */
export function preventStrayDrops() {
  const refuse = (event: globalThis.DragEvent) => {
    if (event.defaultPrevented || !event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    event.dataTransfer.dropEffect = 'none'
  }
  window.addEventListener('dragover', refuse)
  window.addEventListener('drop', refuse)
}

// Handles files dropped outside every drop zone.

/** Otherwise the browser would replace the page with the file. Installed once for the whole document. */
export function preventStrayDrops() {
  const refuse = (event: globalThis.DragEvent) => {
    if (event.defaultPrevented || !event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    event.dataTransfer.dropEffect = 'none'
  }
  window.addEventListener('dragover', refuse)
  window.addEventListener('drop', refuse)
}

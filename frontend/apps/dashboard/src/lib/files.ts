// Files from the person's disk: chosen in a dialog or dropped.

import { type DragEvent, useState } from 'react'

/** Of a pipeline's source, which goes as text. Inputs of runs are sent as files and may be longer. */
const LIMIT = 950_000

export interface TextFile {
  name: string
  text: string
}

/** Reads the source of a pipeline, byte for byte: what is no UTF-8 is refused rather than damaged. */
export async function readTextFile(file: File): Promise<TextFile> {
  if (file.size > LIMIT)
    throw new Error(`${file.name} is ${(file.size / 1e6).toFixed(1)} MB; at most 0.95 MB can be sent from here.`)
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await file.arrayBuffer())
    return { name: file.name, text }
  } catch {
    throw new Error(`${file.name} is not UTF-8. Save it as UTF-8 and choose it again.`)
  }
}

export function pickFile(accept: string): Promise<File | undefined> {
  return new Promise((resolve) => {
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = accept
    input.addEventListener('change', () => resolve(input.files?.[0]))
    input.addEventListener('cancel', () => resolve(undefined))
    input.click()
  })
}

/** The file of a pipeline, as a name that every system takes. The server keeps the text, not what its file was called. */
export const pipelineFile = (name: string): string => `${name.replaceAll(/[\\/:*?"<>|\0]/g, '-')}.pipeline.json`

/** Hands a text to the person's disk, byte for byte. */
export function download(name: string, text: string, type = 'application/json') {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/**
 * Whether the event happened inside the element that handles it. React hands events of a dialog on to the components
 * around it, although the dialog's elements lie elsewhere in the document: those are not ours.
 */
const isOwnEvent = (event: { currentTarget: EventTarget; target: EventTarget | null }): boolean =>
  event.target instanceof Node && (event.currentTarget as Node).contains(event.target)

/** Handlers for an element that takes a dropped file, and whether one hovers over it. */
export function useDrop(onFile: (file: File) => void) {
  const [over, setOver] = useState(false)
  return {
    over,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!isOwnEvent(event) || !event.dataTransfer.types.includes('Files')) return
        event.preventDefault()
        setOver(true)
      },
      onDragLeave: (event: DragEvent) => {
        if (isOwnEvent(event) && !event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false)
      },
      onDrop: (event: DragEvent) => {
        if (!isOwnEvent(event)) return
        event.preventDefault()
        setOver(false)
        const file = event.dataTransfer.files[0]
        if (file) onFile(file)
      },
    },
  }
}

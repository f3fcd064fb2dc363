// Files from the user's disk: chosen in a dialog or dropped.

import { type DragEvent, useState } from 'react'
import { toast } from '@flowmason/ui/toast'

/**
 * The maximum size of a pipeline's source, which is sent as text: `MAX_STORED` of the engine's model. Inputs of runs are
 * uploaded and may be larger.
 */
const LIMIT = 950_000

export interface TextFile {
  name: string
  text: string
}

/** Reads the source of a pipeline byte for byte: a file that is not UTF-8 is refused rather than damaged. */
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

/** The files that can be pipelines, as a file dialog filters them. Inputs of runs can be any file. */
const PIPELINE_FILES = '.json,application/json'

export const pickPipelineFile = () => pickFile(PIPELINE_FILES)
export const pickPipelineFiles = () => pickFiles(PIPELINE_FILES, true)

export async function pickFile(accept = ''): Promise<File | undefined> {
  const [file] = await pickFiles(accept, false)
  return file
}

function pickFiles(accept: string, multiple: boolean): Promise<File[]> {
  return new Promise((resolve) => {
    const input = Object.assign(document.createElement('input'), { type: 'file', accept, multiple })
    input.addEventListener('change', () => resolve([...(input.files ?? [])]))
    input.addEventListener('cancel', () => resolve([]))
    input.click()
  })
}

/** A file name for a pipeline that every system accepts. The server keeps the text, not the original file name. */
export const pipelineFile = (name: string): string => `${name.replaceAll(/[\\/:*?"<>|\0]/g, '-')}.pipeline.json`
export const nameFromFile = (file: string): string => file.replace(/(\.pipeline)?\.json$/i, '')

/** The name for a pipeline whose document has none: that of its file. The name in the document comes first. */
export function titleOf({ name: file, text }: TextFile): string | undefined {
  try {
    const { name } = JSON.parse(text.replace(/^\uFEFF/, '')) as { name?: unknown }
    if (typeof name === 'string' && name.trim() !== '') return undefined
  } catch {
    // The server reports what is wrong with the document.
  }
  return nameFromFile(file)
}

/** Downloads a text as a file, byte for byte. */
export function download(name: string, text: string, type = 'application/json') {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/**
 * Whether the event happened inside the element that handles it. React also passes events of a dialog to the components
 * around it, although the dialog's elements are elsewhere in the document; those are ignored.
 */
const isOwnEvent = (event: { currentTarget: EventTarget; target: EventTarget | null }): boolean =>
  event.target instanceof Node && (event.currentTarget as Node).contains(event.target)

/** Handlers for an element that accepts a dropped file, and whether a file is dragged over it. */
export function useDrop(onFile: (file: File) => void) {
  return useDropFiles((files) => {
    if (files.length > 1) toast.error(`Drop one file at a time. None of the ${files.length} files was taken.`)
    else if (files[0]) onFile(files[0])
  })
}

/** The same for an element that accepts several files. */
export function useDropFiles(onFiles: (files: readonly File[]) => void) {
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
        const files = [...event.dataTransfer.files]
        if (files.length > 0) onFiles(files)
      },
    },
  }
}

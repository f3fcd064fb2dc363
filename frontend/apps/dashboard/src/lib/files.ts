// Files from the person's disk: chosen in a dialog or dropped.

import { type DragEvent, useState } from 'react'

const LIMIT = 950_000

export interface TextFile {
  name: string
  text: string
}

export async function readTextFile(file: File): Promise<TextFile> {
  if (file.size > LIMIT)
    throw new Error(`${file.name} is ${(file.size / 1e6).toFixed(1)} MB; at most 0.95 MB can be sent from here.`)
  return { name: file.name, text: await file.text() }
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

/** Handlers for an element that takes a dropped file, and whether one hovers over it. */
export function useDrop(onFile: (file: File) => void) {
  const [over, setOver] = useState(false)
  return {
    over,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!event.dataTransfer.types.includes('Files')) return
        event.preventDefault()
        setOver(true)
      },
      onDragLeave: (event: DragEvent) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false)
      },
      onDrop: (event: DragEvent) => {
        event.preventDefault()
        setOver(false)
        const file = event.dataTransfer.files[0]
        if (file) onFile(file)
      },
    },
  }
}

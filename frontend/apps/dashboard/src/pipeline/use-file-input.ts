// A file as the input of a run. It is uploaded as soon as it is chosen, so that the server's preview and its guesses
// are visible before the run starts.

import { useRef, useState } from 'react'
import {
  PreviewInputDocument,
  type PreviewInputQuery,
  type UploadAnswer,
  toProblem,
  uploadFile,
} from '@flowmason/graphql'
import { sentenceOf } from '../lib/words.ts'
import type { Problem } from '@flowmason/ui'
import { api } from '../api.ts'

export type InputPreview = PreviewInputQuery['previewInput']

interface Sent {
  file: File
  answer: Promise<UploadAnswer>
}

export interface FileInput {
  file: File | undefined
  /** Whether it is being uploaded or read. */
  busy: boolean
  /** Why it was not uploaded, or cannot be read. */
  failed: { title: string; problem: Problem } | undefined
  /** Whether the server could not read the file, so that a start would be refused. */
  unreadable: boolean
  preview: InputPreview | undefined
  take: (file: File) => void
  /** Uploads the file unless that is already done; undefined if it was refused. */
  send: () => Promise<string | undefined>
  /** Called when the start was refused: if the server no longer has the file, the next try uploads it again. */
  refused: (problem: Problem) => void
}

export function useFileInput(): FileInput {
  const [file, setFile] = useState<File>()
  const [busy, setBusy] = useState(false)
  const [failed, setFailed] = useState<FileInput['failed']>()
  const [unreadable, setUnreadable] = useState(false)
  const [preview, setPreview] = useState<InputPreview>()
  /** The upload of the chosen file, reused if the start is repeated. */
  const sent = useRef<Sent>(undefined)
  const latest = useRef<File>(undefined)

  const upload = async (chosen: File): Promise<string | undefined> => {
    if (sent.current?.file !== chosen) sent.current = { file: chosen, answer: uploadFile(chosen) }
    const own = sent.current
    const answer = await own.answer
    // Another file was chosen meanwhile.
    if (sent.current !== own) return undefined
    if (!('problem' in answer)) return answer.id
    sent.current = undefined
    setFailed({ title: 'The file was not uploaded', problem: answer.problem })
    return undefined
  }
  const look = async (chosen: File) => {
    setBusy(true)
    const id = await upload(chosen)
    const answer =
      id === undefined ? undefined : await api.plain.query(PreviewInputDocument, { upload: id }).toPromise()
    if (latest.current !== chosen) return
    setBusy(false)
    if (answer?.data) setPreview(answer.data.previewInput)
    else if (answer?.error) {
      const problem = toProblem(answer.error)
      setUnreadable(problem.code === 'INVALID_INPUT')
      setFailed({ title: 'The file cannot be read', problem: { ...problem, message: sentenceOf(problem.message) } })
    }
  }
  return {
    file,
    busy,
    failed,
    unreadable,
    preview,
    take(chosen) {
      latest.current = chosen
      setFile(chosen)
      setFailed(undefined)
      setUnreadable(false)
      setPreview(undefined)
      void look(chosen)
    },
    async send() {
      if (!file) return undefined
      setFailed(undefined)
      return upload(file)
    },
    refused({ code }) {
      if (code === 'UPLOAD_EXPIRED' || code === 'NOT_FOUND') sent.current = undefined
    },
  }
}

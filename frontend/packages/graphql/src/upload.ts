// Uploads a file unchanged; the server detects its character set.

import { chosenOrg } from './client.ts'
import type { ApiProblem } from './problem.ts'

export type UploadAnswer = { id: string } | { problem: ApiProblem }

export async function uploadFile(file: File): Promise<UploadAnswer> {
  const org = chosenOrg()
  try {
    const response = await fetch(`/uploads?name=${encodeURIComponent(file.name)}`, {
      method: 'POST',
      credentials: 'same-origin',
      headers: {
        'content-type': file.type || 'application/octet-stream',
        ...(org ? { 'X-Flowmason-Org': org } : {}),
      },
      body: file,
    })
    const body = (await response.json().catch(() => ({}))) as {
      id?: string
      error?: { code?: string; message?: string; requestId?: string }
    }
    if (response.ok && body.id) return { id: body.id }
    return {
      problem: {
        message: body.error?.message ?? `The server responded with status ${response.status}.`,
        code: body.error?.code ?? `HTTP_${response.status}`,
        requestId: body.error?.requestId,
      },
    }
  } catch {
    return {
      problem: {
        message: 'The file was not uploaded: it can no longer be read, or the server cannot be reached.',
        code: 'OFFLINE',
      },
    }
  }
}

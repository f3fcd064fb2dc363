// The layout worker. ELK (1.6 MB) and the code that prepares its input and folds its result load here only.

import { type LayoutAnswer, type LayoutQuestion, layOut } from '@flowmason/pipeline-canvas/layout'
import type { ElkNode } from 'elkjs/lib/elk-api.js'

interface ElkAnswer {
  data?: ElkNode
  error?: { message?: string }
}

const post = self.postMessage.bind(self)
const answer = (message: LayoutAnswer) => post(message)

// ELK is built as the script of a worker: it handles the worker's messages and posts its answers. Here it is called
// as a function instead.
// @ts-expect-error The file has no exports and no types.
void import('elkjs/lib/elk-worker.min.js').then(() => {
  const handle = self.onmessage as ((event: { data: object }) => void) | null
  const ask = (message: object): ElkAnswer => {
    let given: ElkAnswer = {}
    self.postMessage = (sent: ElkAnswer) => {
      given = sent
    }
    handle?.({ data: message })
    return given
  }
  const layered = (graph: ElkNode): ElkNode => {
    const { data, error } = ask({ cmd: 'layout', graph })
    if (!data) throw new Error(error?.message ?? 'ELK gave no layout.')
    return data
  }
  ask({ cmd: 'register', algorithms: ['layered'] })
  // ELK's own handler ignores these messages, since they have no command.
  self.addEventListener('message', ({ data: { id, input, pane } }: MessageEvent<LayoutQuestion>) => {
    layOut(input, pane, layered).then(
      (laid) => answer({ id, laid }),
      (reason: unknown) => answer({ id, error: String(reason) }),
    )
  })
})

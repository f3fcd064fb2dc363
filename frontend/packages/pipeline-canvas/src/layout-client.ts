// Asks the layout worker, which is started on first use. The host provides the function that creates the worker: a
// page can name its file, an editor's webview needs a blob.

import type { LayoutAnswer, LayoutQuestion } from './layout.ts'
import type { Laid, Pane, ScopeInput } from './scope.ts'

export type MakeWorker = () => Worker

let worker: Worker | undefined
let asked = 0
const waiting = new Map<number, PromiseWithResolvers<Laid>>()

function start(make: MakeWorker): Worker {
  const made = make()
  made.addEventListener('message', ({ data: { id, laid, error } }: MessageEvent<LayoutAnswer>) => {
    if (laid) waiting.get(id)?.resolve(laid)
    else waiting.get(id)?.reject(new Error(error))
    waiting.delete(id)
  })
  made.addEventListener('error', ({ message }) => {
    worker = undefined
    for (const each of waiting.values()) each.reject(new Error(message))
    waiting.clear()
  })
  return made
}

export function layoutByWorker(make: MakeWorker, input: ScopeInput, pane: Pane): Promise<Laid> {
  worker ??= start(make)
  const answer = Promise.withResolvers<Laid>()
  const question: LayoutQuestion = { id: ++asked, input, pane }
  waiting.set(question.id, answer)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker, not a window
  worker.postMessage(question)
  return answer.promise
}

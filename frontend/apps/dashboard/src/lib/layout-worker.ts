// How this page makes the layout worker: by the name of its file. The 1.6 MB load with the worker only.

import workerUrl from 'elkjs/lib/elk-worker.min.js?url'

export const makeLayoutWorker = (): Worker => new Worker(workerUrl)

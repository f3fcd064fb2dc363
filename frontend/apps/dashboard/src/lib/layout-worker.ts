// Creates the layout worker from its file, so that its 1.6 MB are loaded only with the worker.

import workerUrl from 'elkjs/lib/elk-worker.min.js?url'

export const makeLayoutWorker = (): Worker => new Worker(workerUrl)

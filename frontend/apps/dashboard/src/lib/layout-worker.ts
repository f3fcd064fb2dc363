// How this page creates the layout worker: by the name of its file.

export const makeLayoutWorker = (): Worker => new Worker(new URL('./layout.worker.ts', import.meta.url))

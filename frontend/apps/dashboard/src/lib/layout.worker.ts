// The layout worker: ELK, whose answers are shortened to what the page reads. The 1.6 MB of ELK load here only.

import { shortened } from '@flowmason/pipeline-canvas/layout-answer'

const post = self.postMessage.bind(self)
self.postMessage = (message: unknown) => post(shortened(message))
// ELK is built as the script of a worker: it handles the worker's messages as soon as it has loaded.
// @ts-expect-error The file has no exports and no types.
void import('elkjs/lib/elk-worker.min.js')

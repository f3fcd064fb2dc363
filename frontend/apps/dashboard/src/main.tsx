// Begins the dashboard. What it is made of is run part by part, each in a task of its own, so that a slow machine
// answers in between; vite.config.ts names all of it in the page's head, so that it is fetched at once.

import './app.css'

/** The same as in @flowmason/ui, which is not there yet: this file must import nothing, to be run at once. */
const yieldToPage = () => new Promise<void>((resolve) => setTimeout(resolve))

await import('./parts/react.ts')
await yieldToPage()
await import('./parts/router.ts')
await yieldToPage()
await import('./parts/data.ts')
await yieldToPage()
await import('./parts/documents.ts')
await yieldToPage()
await import('./parts/shared.ts')
await yieldToPage()
const { begin, openAddress } = await import('./dashboard.tsx')
await yieldToPage()
await openAddress()
await yieldToPage()
const root = document.getElementById('root')
if (root) begin(root)

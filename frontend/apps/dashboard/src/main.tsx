// Starts the dashboard. Its parts are evaluated one at a time, each in a task of its own, so that a slow machine
// stays responsive; vite.config.ts lists all of them in the page's head, so that they are fetched at once.

import './app.css'

/** A copy of the function in @flowmason/ui: this file must import nothing, so that it runs at once. */
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

// Begins the dashboard. What it is made of is run part by part, each in a task of its own, so that a slow machine
// answers in between; vite.config.ts names all of it in the page's head, so that it is fetched at once.

import './app.css'

const rest = () => new Promise<void>((resolve) => setTimeout(resolve))

await import('./parts/react.ts')
await rest()
await import('./parts/router.ts')
await rest()
await import('./parts/data.ts')
await rest()
await import('./parts/documents.ts')
await rest()
await import('./parts/shared.ts')
await rest()
const { begin, openAddress } = await import('./dashboard.tsx')
await rest()
await openAddress()
await rest()
const root = document.getElementById('root')
if (root) begin(root)

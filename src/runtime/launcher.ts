// Under NODE_OPTIONS and `agent-vitals run` the tools that start the app are processes with the flag too, before it: npm, npx, tsx, nodemon.

/**
 * Whether this process looks like such a tool: its program lies in somebody's `node_modules`, not in the app. It must not take the scrape
 * port from the app that it starts; if it turns out to be the app itself (a framework's server), it takes it then.
 */
export function looksLikeLauncher(program: string | undefined = process.argv[1]): boolean {
  return program !== undefined && /[\\/](?:node_modules|\.yarn)[\\/]/.test(program);
}

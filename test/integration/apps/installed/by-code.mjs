import { shutdown, start } from 'agent-vitals';

start();
await import('./app.mjs');
await shutdown();

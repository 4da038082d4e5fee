// The local provider of the quickstart on a fixed port, for running this example by hand without an account.
import { startProvider } from '../quickstart/provider/start-provider.js';

const { url } = await startProvider({ port: Number(process.env.PORT ?? 8080) });
console.log(`OPENAI_BASE_URL=${url}/v1`);

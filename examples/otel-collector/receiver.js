// Prints what Alertmanager tells, for running this example by hand.
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

createServer(async (request, response) => {
  const { alerts } = await json(request);
  for (const { status, labels, annotations } of alerts) {
    console.log(`${status} ${labels.alertname} (${labels.severity}): ${annotations.description}`);
  }
  response.end();
}).listen(Number(process.env.PORT ?? 8081), '127.0.0.1');

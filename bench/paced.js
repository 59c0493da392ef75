// Requests at an even rate, whatever the answers take: autocannon sends the requests of a second all at its beginning.
import { Agent, request as send } from 'node:http';
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Sends `amount` requests at `rate` a second. Each is timed from the moment when it was due, so that a server that stops
 * answering is charged for those that had to wait. Milliseconds.
 */
export async function paced({ url, request, crowd, amount, rate }) {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const histogram = createHistogram();
  const startedAt = performance.now();
  const answers = [];
  for (let index = 0; index < amount; index += 1) {
    const dueAt = startedAt + (index * 1_000) / rate;
    // Redis shares the core: no waiting in circles.
    if (performance.now() < dueAt) await delay(dueAt - performance.now());
    const context = {};
    const { headers, body } = crowd.next(request.headers, context);
    const answer = ask(url + request.path, { ...request, headers, agent }, body).then((response) => {
      histogram.record(Math.max(1, Math.round((performance.now() - dueAt) * 1_000)));
      crowd.count(response.status, response.text, context, response.headers);
    });
    answers.push(answer);
  }
  await Promise.all(answers);
  agent.destroy();
  const at = (percentile) => histogram.percentile(percentile) / 1_000;
  return { p50: at(50), p99: at(99), p999: at(99.9), most: histogram.max / 1_000 };
}

function ask(url, options, body) {
  return new Promise((resolve, reject) => {
    const outgoing = send(url, options, (response) => {
      response.setEncoding('utf8');
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, text, headers: response.headers }));
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

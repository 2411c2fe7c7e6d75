/**
 * What Express itself takes, for `npm run bench:queue`: it reads the body that the API is sent, answers with as much JSON
 * (ANSWER), and does nothing between. `GET /cpu` says how many seconds of CPU it has had.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { tellParent } from '../../shared/process.ts';

const answer = JSON.parse(process.env.ANSWER ?? '') as object;
const app = express();
app.post('/', express.json(), (request, response) => {
  response.status(202).json({ ...answer, name: request.body.name });
});
app.get('/cpu', (_request, response) => {
  const { user, system } = process.cpuUsage();
  response.json({ seconds: (user + system) / 1e6 });
});
const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
tellParent({ type: 'listening', url: `http://127.0.0.1:${port}` });

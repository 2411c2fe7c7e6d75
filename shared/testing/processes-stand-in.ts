/** For processes.test.ts: says hello, echoes messages, does not leave by itself. */
console.log(`hello ${process.argv.slice(2).join(' ')} ${process.env.STAND_IN}`);
process.on('message', (message) => process.send?.({ echo: message }));
process.on('SIGTERM', () => process.exit(7));
setInterval(() => undefined, 1000);
process.send?.({ type: 'ready' });

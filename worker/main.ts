process.send?.({ type: 'ready', name: 'w1' });
process.stdout.write(JSON.stringify({ level: 30, time: Date.now(), pid: process.pid, hostname: 'x', msg: 'ready', redis: process.env.REDIS_URL }) + '\n');
const t = setInterval(() => {}, 1000);
const bye = () => { clearInterval(t); setTimeout(() => process.exit(0), process.env.SLOW ? 60000 : 500); };
process.on('SIGTERM', bye); process.on('disconnect', bye);

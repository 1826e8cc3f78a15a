// TLS in front of a server that has none: node tls-proxy.js PORT BACKEND_PORT DIRECTORY_OF_THE_KEY
// It passes bytes on, so that each request and response stays as it was written.
const fs = require('fs');
const net = require('net');
const tls = require('tls');

const [port, backend, directory] = process.argv.slice(2);
const read = (name) => fs.readFileSync(`${directory}/${name}`);

const server = tls.createServer({ key: read('server.key'), cert: read('server.pem') }, (client) => {
  const onward = net.connect(Number(backend), '127.0.0.1');
  client.pipe(onward).pipe(client);
  client.on('error', () => onward.destroy());
  onward.on('error', () => client.destroy());
});
server.listen(Number(port), '127.0.0.1');

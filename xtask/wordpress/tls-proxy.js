// TLS in front of a server that has none: node tls-proxy.js PORT BACKEND_PORT DIRECTORY_OF_THE_KEY
const fs = require('fs');
const http = require('http');
const https = require('https');

const [port, backend, directory] = process.argv.slice(2);
const read = (name) => fs.readFileSync(`${directory}/${name}`);

const server = https.createServer({ key: read('server.key'), cert: read('server.pem') }, (request, response) => {
  const { method, url: path, rawHeaders } = request;
  // The raw ones: as they were spelled, and as often.
  const headers = [...rawHeaders, 'X-Forwarded-Proto', 'https'];
  const onward = http.request({ host: '127.0.0.1', port: backend, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.statusMessage, answer.rawHeaders);
    answer.pipe(response);
  });
  onward.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  request.pipe(onward);
});
server.listen(Number(port), '127.0.0.1');

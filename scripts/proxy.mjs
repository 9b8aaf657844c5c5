// A reverse proxy for `make cluster`: proxy.mjs LISTEN-PORT NODE-PORT... takes turns among the nodes, WebSockets too,
// and passes over a node that does not answer. To serve people, use nginx or Caddy: docs/operations.md.
import http from "node:http";
import net from "node:net";

const [port, ...nodes] = process.argv.slice(2).map(Number);
let turn = 0;

/** A connection to the next node that takes one. */
function connect(found, failed, left = nodes.length) {
  const socket = net.connect({ host: "127.0.0.1", port: nodes[turn++ % nodes.length], noDelay: true });
  socket.once("error", () => (left > 1 ? connect(found, failed, left - 1) : failed()));
  socket.once("connect", () => {
    socket.removeAllListeners("error");
    found(socket);
  });
}

/** The request's headers, with the address that it came from. */
function headers(request) {
  const known = request.headers["x-forwarded-for"];
  const from = request.socket.remoteAddress.replace("::ffff:", "");
  return { ...request.headers, "x-forwarded-for": known ? `${known}, ${from}` : from, "x-forwarded-proto": "http" };
}

const server = http.createServer((request, response) => {
  const fail = () => {
    if (!response.headersSent) response.writeHead(502, { "retry-after": "1" });
    response.end();
  };
  connect((socket) => {
    const options = { method: request.method, path: request.url, headers: { ...headers(request), connection: "close" } };
    const forward = http.request({ ...options, createConnection: () => socket }, (answer) => {
      const { connection, ...rest } = answer.headers;
      response.writeHead(answer.statusCode, rest);
      answer.pipe(response);
    });
    forward.on("error", fail);
    response.on("close", () => socket.destroy());
    request.pipe(forward);
  }, fail);
});

server.on("upgrade", (request, client, rest) => {
  client.on("error", () => client.destroy());
  client.setNoDelay(true);
  connect((socket) => {
    const lines = Object.entries(headers(request)).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join("")}\r\n`);
    socket.write(rest);
    socket.pipe(client).pipe(socket);
    socket.on("error", () => client.destroy());
    socket.on("close", () => client.destroy());
    client.on("close", () => socket.destroy());
  }, () => client.end("HTTP/1.1 502 Bad Gateway\r\nretry-after: 1\r\n\r\n"));
});

server.listen(port, "127.0.0.1");

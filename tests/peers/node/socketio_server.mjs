// The official Socket.IO server with the two namespaces of a gateway. Prints its port; ends when its standard input does.
// Arguments: the transports it allows.
import { createServer } from "node:http";
import { Server } from "socket.io";

const transports = process.argv.slice(2);
const http = createServer();
const io = new Server(http, { transports: transports.length ? transports : ["polling", "websocket"], pingInterval: 500, pingTimeout: 500 });

for (const name of ["/communication", "/workflow"]) {
  const namespace = io.of(name);
  namespace.use((socket, next) => {
    const refused = socket.handshake.auth.token === "first";
    next(refused && socket.handshake.auth.strict ? new Error("jwt expired") : undefined);
  });
  namespace.on("connection", (socket) => {
    socket.emit("hello", { from: name, token: socket.handshake.auth.token });
    socket.on("authenticate", ({ token }) => socket.emit(token === "first" ? "error" : "authenticated", token === "first" ? { type: "authentication_error" } : {}));
    socket.on("join-conversation", (id) => { socket.join(id); namespace.to(id).emit("joined", id); });
    socket.on("send", (count) => { for (let number = 0; number < count; number += 1) socket.emit("step", number, "\u{1F680}"); });
    socket.on("send-bytes", () => socket.emit("file", { name: "a.bin", bytes: Buffer.from([0, 1, 255]) }));
    socket.on("kick", () => socket.disconnect());
    socket.on("drop", () => socket.conn.transport.socket?._socket?.destroy());
  });
}

http.listen(0, "127.0.0.1", () => console.log(http.address().port));
process.stdin.resume().on("end", () => process.exit(0));

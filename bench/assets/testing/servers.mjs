/* Stand-ins for what surrounds the front: gunicorn with Frappe's answers, Redis, and the front itself as a process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { fileURLToPath } from "node:url";

import { io } from "socket.io-client";

export const SITE = "trial.localhost";
export const FRONT = fileURLToPath(new URL("../front.mjs", import.meta.url));

async function listen(server, port = 0) {
	server.listen(port, "127.0.0.1");
	await once(server, "listening");
	return server.address().port;
}

export async function freePort() {
	const server = net.createServer();
	const port = await listen(server);
	server.close();
	await once(server, "close");
	return port;
}

const USERS = {
	sidAnna: { user: "anna@example.com", user_type: "System User" },
	sidBeno: { user: "beno@example.com", user_type: "System User" },
	sidGuardian: { user: "guardian@example.com", user_type: "Website User" },
};
const GUEST = { user: "Guest", user_type: null };

/** Anna may read the document "Concern/C1" and the list of Concern; everyone else may read nothing, Beno may read "Concern/C1". */
function realtimeAnswer(method, query, sid) {
	if (method === "get_user_info") return sid === "sidBroken" ? [500] : [200, USERS[sid] ?? GUEST];
	const allowed = {
		can_subscribe_doctype: sid === "sidAnna" && query.get("doctype") === "Concern",
		can_subscribe_doc: ["sidAnna", "sidBeno"].includes(sid) && query.get("docname") === "C1",
	}[method];
	return allowed ? [200, true] : [403];
}

export async function startGunicorn(t, port = 0) {
	const seen = [];
	const server = http.createServer(async (req, res) => {
		const url = new URL(req.url, "http://gunicorn");
		seen.push(url.pathname);
		const [, method] = /^\/api\/method\/frappe\.realtime\.(\w+)$/.exec(url.pathname) ?? [];
		if (method) {
			const [status, message] = realtimeAnswer(method, url.searchParams, /sid=(\w+)/.exec(req.headers.cookie)?.[1]);
			return res.writeHead(status).end(JSON.stringify({ message }));
		}
		if (url.pathname === "/torn") {
			res.writeHead(200, { "Content-Length": "1000" });
			return res.write("half", () => res.destroy());
		}
		if (url.pathname === "/reset") return req.socket.destroy();
		const size = await sizeOf(req).catch(() => null);
		// Requests that a client gives up are part of the tests.
		if (size === null) return;
		res.setHeader("Set-Cookie", ["a=1", "b=2"]);
		res.setHeader("X-Accel-Redirect", "/protected");
		res.end(JSON.stringify({ headers: req.headers, url: req.url, size }));
	});
	const bound = await listen(server, port);
	t.after(() => server.close() && server.closeAllConnections());
	return { port: bound, seen };
}

async function sizeOf(stream) {
	let size = 0;
	for await (const chunk of stream) size += chunk.length;
	return size;
}

/** Speaks as much of Redis as a subscriber needs. */
export async function startRedis(t, port = 0) {
	const sockets = new Set();
	const subscribers = new Set();
	let subscribed = () => {};
	const commands = [];
	const server = net.createServer((socket) => {
		sockets.add(socket);
		socket.on("error", () => {});
		socket.on("close", () => sockets.delete(socket) && subscribers.delete(socket));
		let text = "";
		socket.on("data", (data) => {
			text += data;
			for (let command; ([command, text] = takeCommand(text)), command; ) answer(socket, command);
		});
	});

	function answer(socket, [name, ...rest]) {
		commands.push([name.toUpperCase(), ...rest].join(" "));
		if (name.toUpperCase() !== "SUBSCRIBE") return socket.write("+OK\r\n");
		subscribers.add(socket);
		socket.write(`*3\r\n${bulk("subscribe")}${bulk(rest[0])}:1\r\n`);
		subscribed();
	}

	const stop = () => {
		server.close();
		for (const socket of sockets) socket.destroy();
	};
	const bound = await listen(server, port);
	t.after(stop);
	return {
		port: bound,
		commands,
		stop,
		subscribed: () => (subscribers.size ? null : new Promise((resolve) => (subscribed = resolve))),
		publish(event, message, room, namespace = SITE) {
			const text = JSON.stringify({ event, message, room, namespace });
			for (const socket of subscribers) socket.write(`*3\r\n${bulk("message")}${bulk("events")}${bulk(text)}`);
		},
	};
}

const bulk = (text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

/** Takes one `*n` array of bulk strings off the front of the text; [null, text] when it is not there as a whole. */
function takeCommand(text) {
	const lines = text.split("\r\n");
	const count = Number(lines[0].slice(1));
	if (!text || lines.length < 2 * count + 2) return [null, text];
	return [lines.slice(1, 2 * count + 1).filter((_, i) => i % 2), lines.slice(2 * count + 1).join("\r\n")];
}

/** The front on the bench, once it answers. */
export async function startFront(t, bench, { port, options = [] }) {
	const child = spawn(process.execPath, [FRONT, "--bench", bench, ...options], { stdio: ["ignore", "pipe", "inherit"] });
	const exited = once(child, "exit");
	t.after(() => child.kill("SIGKILL"));
	const front = { child, exited, port, log: "", origin: `http://127.0.0.1:${port}` };
	child.stdout.on("data", (data) => (front.log += data));
	await once(child.stdout, "data");
	return front;
}

/** A request that is sent as it is written, without the tidying of `fetch`. */
export async function get(front, path, options = {}) {
	const req = http.request({ host: "127.0.0.1", port: front.port, path, agent: false, ...options });
	req.end(options.body);
	const [res] = await once(req, "response");
	const chunks = [];
	for await (const chunk of res) chunks.push(chunk);
	const body = Buffer.concat(chunks);
	return { status: res.statusCode, headers: res.headers, body, text: body.toString() };
}

export function connect(t, front, sid, { namespace = SITE, headers = {}, transports = ["websocket"] } = {}) {
	const socket = io(`${front.origin}/${namespace}`, {
		forceNew: true,
		reconnection: false,
		transports,
		extraHeaders: { Origin: front.origin, ...(sid && { Cookie: `sid=${sid}` }), ...headers },
	});
	t.after(() => socket.disconnect());
	const events = [];
	socket.onAny((event, message) => events.push([event, message]));
	return Object.assign(socket, { events });
}

export async function connected(socket) {
	await Promise.race([once(socket, "connect"), once(socket, "connect_error").then(([error]) => Promise.reject(error))]);
	return socket;
}

/** Waits until the socket has got the event, and gives its message. */
export async function received(socket, event, matches = () => true) {
	const find = () => socket.events.find(([name, message]) => name === event && matches(message));
	for (let waited = 0; !find(); waited += 10) {
		if (waited > 3000) throw new Error(`${event} did not come`);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
	return find()[1];
}

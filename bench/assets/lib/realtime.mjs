/* Relays what Frappe publishes in Redis to the browsers that may see it. On every doubt the answer is no. */
import { createClient } from "@redis/client";
import { Server as Engine } from "engine.io";
import { Server } from "socket.io";

import { addressOf, isSameOrigin, sessionOf } from "./request.mjs";

const CHANNEL = "events";
const LARGEST_MESSAGE = 64 * 1024;
const MOST_ROOMS = 1000;
const MOST_WAITING = 100;
const LONGEST_NAME = 255;
const USER_TYPES = ["System User", "Website User"];

// The names are an agreement with `frappe/realtime.py`, which publishes to them.
const roomOf = {
	user: (user) => `user:${user}`,
	doctype: (doctype) => `doctype:${doctype}`,
	doc: (doctype, name) => `doc:${doctype}/${name}`,
	viewers: (doctype, name) => `open_doc:${doctype}/${name}`,
	task: (id) => `task_progress:${id}`,
};
const EVERY_USER = "website";
const EVERY_SYSTEM_USER = "all";

export function createRealtime({ site, redis }, web, log) {
	const engine = new Engine({ maxHttpBufferSize: LARGEST_MESSAGE, httpCompression: false });
	const io = new Server({ connectTimeout: 10_000 });
	io.bind(engine);
	// socket.io always has this namespace; nobody has business there.
	io.use((socket, next) => next(new Error("Invalid namespace")));
	const namespace = io.of(`/${site}`);
	namespace.use((socket, next) => authenticate(socket, web).then(() => next(), next));
	namespace.on("connection", (socket) => welcome(socket, web, log));
	const subscriber = createSubscriber(redis, (text) => relay(namespace, text, site, log), log);

	function request(req, res) {
		if (isWelcome(req, { needsOrigin: false })) return engine.handleRequest(req, res);
		res.writeHead(403, { "Content-Type": "text/plain" }).end("Forbidden");
	}

	function upgrade(req, socket, head) {
		if (isWelcome(req, { needsOrigin: true })) return engine.handleUpgrade(req, socket, head);
		socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
	}

	function stop() {
		io.disconnectSockets(true);
		engine.close();
		subscriber.stop();
	}

	return { request, upgrade, start: subscriber.start, stop };
}

/** Checked for every request, not for the first alone, so that a connection cannot change hands. */
function isWelcome(req, { needsOrigin }) {
	return isSameOrigin(req, { needsOrigin }) && sessionOf(req.headers) !== null;
}

async function authenticate(socket, web) {
	const session = { sid: sessionOf(socket.handshake.headers), address: addressOf(socket.request) };
	const info = session.sid && (await web.ask("get_user_info", {}, session));
	const known = isName(info?.user) && info.user !== "Guest" && USER_TYPES.includes(info.user_type);
	if (!known) throw new Error("Unauthorized");
	Object.assign(socket.data, { session, user: info.user, isSystemUser: info.user_type === "System User" });
}

function welcome(socket, web, log) {
	socket.join([roomOf.user(socket.data.user), EVERY_USER]);
	// Guardians and other website users are told what concerns themselves, and nothing of the work behind it.
	if (!socket.data.isSystemUser) return;
	socket.join(EVERY_SYSTEM_USER);
	const inTurn = createQueue(log);
	for (const [event, handle] of Object.entries(createHandlers(socket, web, log))) {
		socket.on(event, (...names) => inTurn(async () => socket.connected && (await handle(...names))));
	}
}

/** One after the other: a permission still being asked for must not overtake the message that gives the room up. */
function createQueue(log) {
	let last = Promise.resolve();
	let waiting = 0;
	return (work) => {
		if (waiting >= MOST_WAITING) return log("realtime: a client sends more than can be answered, some is left out");
		waiting += 1;
		last = last
			.then(work)
			.catch((error) => log(`realtime: ${error.message}`))
			.finally(() => (waiting -= 1));
	};
}

function createHandlers(socket, web, log) {
	const opened = new Map();

	function join(room) {
		if (!socket.connected) return false;
		if (socket.rooms.size >= MOST_ROOMS) return log("realtime: a client has reached the number of rooms it may be in");
		socket.join(room);
		return true;
	}

	async function joinIfAllowed(method, parameters, room) {
		const allowed = (await web.ask(method, parameters, socket.data.session)) === true;
		return allowed && join(room);
	}

	const withDoctype = (handle) => (doctype) => isName(doctype) && handle(doctype);
	const withTask = (handle) => (id) => isName(id) && handle(roomOf.task(id));
	const withDocument = (handle) => (doctype, docname) => {
		// Documents with running numbers have numbers for names.
		const name = Number.isSafeInteger(docname) ? String(docname) : docname;
		return isName(doctype) && isName(name) && handle(doctype, name);
	};

	async function open(doctype, docname) {
		const room = roomOf.viewers(doctype, docname);
		if (!(await joinIfAllowed("can_subscribe_doc", { doctype, docname }, room))) return;
		opened.set(room, { doctype, docname });
		tellViewers(socket.nsp, room, { doctype, docname });
	}

	function close(doctype, docname) {
		const room = roomOf.viewers(doctype, docname);
		if (!opened.delete(room)) return;
		socket.leave(room);
		tellViewers(socket.nsp, room, { doctype, docname });
	}

	socket.on("disconnect", () => {
		for (const [room, document] of opened) tellViewers(socket.nsp, room, document);
	});

	return {
		doctype_subscribe: withDoctype((doctype) =>
			joinIfAllowed("can_subscribe_doctype", { doctype }, roomOf.doctype(doctype))
		),
		doctype_unsubscribe: withDoctype((doctype) => socket.leave(roomOf.doctype(doctype))),
		doc_subscribe: withDocument((doctype, docname) =>
			joinIfAllowed("can_subscribe_doc", { doctype, docname }, roomOf.doc(doctype, docname))
		),
		doc_unsubscribe: withDocument((doctype, docname) => socket.leave(roomOf.doc(doctype, docname))),
		doc_open: withDocument(open),
		doc_close: withDocument(close),
		task_subscribe: withTask(join),
		progress_subscribe: withTask(join),
		task_unsubscribe: withTask((room) => socket.leave(room)),
	};
}

function tellViewers(namespace, room, document) {
	const sockets = [...(namespace.adapter.rooms.get(room) ?? [])].map((id) => namespace.sockets.get(id));
	const users = new Set(sockets.filter(Boolean).map((socket) => socket.data.user));
	namespace.to(room).emit("doc_viewers", { ...document, users: [...users] });
}

/** An event without a room, or for another site, is nobody's. */
function relay(namespace, text, site, log) {
	try {
		const { event, message, room, namespace: target } = JSON.parse(text);
		if (target === site && isName(event) && room && typeof room === "string") namespace.to(room).emit(event, message);
	} catch (error) {
		log(`realtime: an event from Redis was left out (${error.name})`);
	}
}

/** Redis may come and go; we come back by ourselves. */
function createSubscriber(url, listener, log) {
	const client = createClient({
		url,
		socket: { connectTimeout: 5000, reconnectStrategy: (attempt) => Math.min(100 * 2 ** attempt, 3000) },
	});
	let isDown = false;
	client.on("error", (error) => {
		if (!isDown) log(`Redis is not there (${error.code ?? error.message}), trying again`);
		isDown = true;
	});
	client.on("ready", () => {
		if (isDown) log("Redis is back");
		isDown = false;
	});

	function start() {
		client
			.connect()
			.then(() => client.subscribe(CHANNEL, listener))
			.catch((error) => log(`Redis: ${error.message}`));
	}

	return { start, stop: () => client.destroy() };
}

const isName = (value) => typeof value === "string" && value.length > 0 && value.length <= LONGEST_NAME;

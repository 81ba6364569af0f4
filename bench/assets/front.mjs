#!/usr/bin/env node
/*
 * The front of the trial bench: one HTTP server on 127.0.0.1 that serves the assets, relays realtime events
 * and hands everything else to gunicorn, as nginx and Frappe's realtime server do in production.
 */
import { readFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { parseArgs } from "node:util";

import { createLog } from "./lib/log.mjs";
import { createProxy } from "./lib/proxy.mjs";
import { createRealtime } from "./lib/realtime.mjs";
import { createStatics } from "./lib/statics.mjs";
import { createWeb } from "./lib/web.mjs";

const USAGE = "Usage: node front.mjs --bench DIR [--site NAME] [--port PORT] [--web-port PORT]";
const HOST = "127.0.0.1";
const STOP_WITHIN = 1000;

class ConfigError extends Error {}

async function main() {
	const log = createLog("front");
	const config = readConfig();
	const front = createFront(config, log);
	for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => front.stop().then(() => process.exit(0)));
	await front.start();
	log(`http://${HOST}:${config.port} serves ${config.site}, gunicorn on port ${config.webPort}`);
}

function readConfig() {
	const names = ["bench", "site", "port", "web-port"];
	const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: "string" }])) });
	if (!values.bench) throw new ConfigError(USAGE);
	const sites = path.resolve(values.bench, "sites");
	const common = readJson(path.join(sites, "common_site_config.json"));
	const site = values.site ?? common.default_site;
	if (!/^\w[\w.-]*$/.test(site ?? "")) throw new ConfigError("no site: give --site or set default_site");
	return {
		sites,
		site,
		// Given on the command line, a second front can serve another site of the same bench, as the tests do.
		port: portOf("webserver_port", values.port ?? common.webserver_port),
		webPort: portOf("gunicorn_port", values["web-port"] ?? common.gunicorn_port),
		redis: required("redis_queue", common.redis_queue),
	};
}

function readJson(file) {
	try {
		return JSON.parse(readFileSync(file, "utf8"));
	} catch (error) {
		throw new ConfigError(`cannot read ${file}: ${error.message}`);
	}
}

function required(key, value) {
	if (!value) throw new ConfigError(`${key} is missing in common_site_config.json`);
	return value;
}

function portOf(key, value) {
	const port = Number(required(key, value));
	if (!Number.isInteger(port) || port < 1 || port > 65535) throw new ConfigError(`${key} is not a port`);
	return port;
}

function createFront(config, log) {
	const web = createWeb(config, log);
	const proxy = createProxy(config, log);
	const statics = createStatics(config, proxy);
	const realtime = createRealtime(config, web, log);
	const server = http.createServer((req, res) => {
		setSafeHeaders(res);
		try {
			route(req, res);
		} catch (error) {
			log(`a request could not be taken (${error.code ?? error.name})`);
			refuse(res, 400);
		}
	});
	// Longer than a browser keeps an idle connection for, so that it is not closed under a request on its way.
	server.keepAliveTimeout = 75_000;
	server.on("upgrade", upgrade);

	function route(req, res) {
		const pathname = req.url.split("?", 1)[0];
		if (!pathname.startsWith("/")) return refuse(res, 400);
		if (pathname === "/__front__/health") return health(req, res);
		if (pathname === "/socket.io/") return realtime.request(req, res);
		if (pathname === "/assets" || pathname.startsWith("/assets/")) return statics.asset(req, res, pathname);
		if (pathname.startsWith("/files/")) return statics.file(req, res, pathname);
		proxy(req, res);
	}

	function upgrade(req, socket, head) {
		// The client may be gone before we have answered.
		socket.on("error", () => socket.destroy());
		if (req.url.split("?", 1)[0] === "/socket.io/") return realtime.upgrade(req, socket, head);
		socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
	}

	async function health(req, res) {
		const answer = JSON.stringify({ front: "ok", web: await web.answers() });
		res.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-store" }).end(answer);
	}

	async function start() {
		await new Promise((resolve, reject) => {
			server.once("error", reject);
			server.listen(config.port, HOST, resolve);
		});
		realtime.start();
	}

	let stopped;
	/** Lets requests on their way finish, within STOP_WITHIN milliseconds. */
	function stop() {
		stopped ??= new Promise((resolve) => {
			server.close(resolve);
			realtime.stop();
			server.closeIdleConnections();
			setTimeout(() => {
				server.closeAllConnections();
				resolve();
			}, STOP_WITHIN);
		});
		return stopped;
	}

	return { start, stop };
}

function refuse(res, status) {
	if (res.headersSent) return res.destroy();
	res.writeHead(status, { "Content-Type": "text/plain" }).end(http.STATUS_CODES[status]);
}

function setSafeHeaders(res) {
	res.setHeader("X-Content-Type-Options", "nosniff");
	res.setHeader("X-Frame-Options", "SAMEORIGIN");
	res.setHeader("Referrer-Policy", "same-origin");
}

main().catch((error) => {
	const expected = error instanceof ConfigError || error.code === "EADDRINUSE" || error.code?.startsWith("ERR_PARSE_ARGS");
	console.error(`front failed: ${expected ? error.message : error.stack}`);
	process.exit(1);
});

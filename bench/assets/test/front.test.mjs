import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import http from "node:http";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";

import { makeBench } from "../testing/files.mjs";
import {
	FRONT,
	SITE,
	connect,
	connected,
	freePort,
	get,
	received,
	startFront,
	startGunicorn,
	startRedis,
} from "../testing/servers.mjs";

const BUNDLE = "/assets/demo/dist/js/demo.bundle.ABCD2345.js";
const FILES = {
	"sites/assets/assets.json": "{}",
	[`sites${BUNDLE}`]: "let demo;",
	[`sites${BUNDLE}.gz`]: gzipSync("let demo;"),
	"sites/assets/demo/images/a.svg": "<svg/>",
	"sites/assets/demo/.secret": "secret",
	[`sites/${SITE}/site_config.json`]: "secret",
	[`sites/${SITE}/public/files/photo.png`]: "png",
	[`sites/${SITE}/public/files/page.html`]: "<script>",
	[`sites/${SITE}/private/files/private.txt`]: "secret",
};

async function makeFront(t, { webPort, redisPort }) {
	const port = await freePort();
	const common = {
		webserver_port: port,
		gunicorn_port: webPort,
		redis_queue: `redis://127.0.0.1:${redisPort}`,
		default_site: SITE,
	};
	const bench = await makeBench(t, { ...FILES, "sites/common_site_config.json": JSON.stringify(common) });
	return startFront(t, bench, { port });
}

async function makeAll(t) {
	const [web, redis] = [await startGunicorn(t), await startRedis(t)];
	const front = await makeFront(t, { webPort: web.port, redisPort: redis.port });
	return { web, redis, front };
}

test("files", async (t) => {
	const { front, web } = await makeAll(t);

	await t.test("a bundle is kept for a year, and sent packed to who can unpack", async () => {
		const plain = await get(front, BUNDLE);
		assert.equal(plain.text, "let demo;");
		assert.equal(plain.headers["cache-control"], "public, max-age=31536000, immutable");
		assert.equal(plain.headers.vary, "Accept-Encoding");
		const packed = await get(front, BUNDLE, { headers: { "Accept-Encoding": "br, gzip" } });
		assert.equal(packed.headers["content-encoding"], "gzip");
		assert.equal(packed.headers["content-type"], "text/javascript; charset=utf-8");
		assert.equal(gunzipSync(packed.body).toString(), "let demo;");
		const unwanted = await get(front, BUNDLE, { headers: { "Accept-Encoding": "gzip;q=0" } });
		assert.equal(unwanted.headers["content-encoding"], undefined);
	});

	await t.test("other assets are asked about each time", async () => {
		const first = await get(front, "/assets/demo/images/a.svg?v=1");
		assert.equal(first.headers["cache-control"], "no-cache");
		assert.equal(first.headers["content-type"], "image/svg+xml");
		assert.equal(first.headers["x-content-type-options"], "nosniff");
		const again = await get(front, "/assets/demo/images/a.svg", { headers: { "If-None-Match": first.headers.etag } });
		assert.equal(again.status, 304);
	});

	await t.test("nothing outside, nothing hidden, no lists of files", async () => {
		const refused = [
			"/assets/../common_site_config.json",
			"/assets/%2e%2e/common_site_config.json",
			"/assets/..%2fcommon_site_config.json",
			"/assets/demo/..\\..\\common_site_config.json",
			"/assets/%00",
			"/assets/%zz",
			"/assets/demo/.secret",
			"/assets/demo/%2esecret",
			"/assets",
			"/assets/",
			"/assets/demo",
			"/assets/demo/",
			"/assets/demo/missing.js",
			"/files/../../private/files/private.txt",
			"/files/..%2f..%2fprivate/files/private.txt",
			`/assets/demo/dist/js/../../../../${SITE}/site_config.json`,
		];
		for (const path of refused) {
			const { status, text } = await get(front, path);
			assert.ok([400, 403, 404].includes(status), `${path}: ${status}`);
			assert.doesNotMatch(text, /secret|gunicorn_port|redis/, path);
		}
		assert.deepEqual(web.seen, [], "none of them reached gunicorn");
		assert.equal((await get(front, BUNDLE, { method: "POST" })).status, 405);
		assert.equal((await get(front, "http://elsewhere/assets/assets.json")).status, 400);
	});

	await t.test("uploaded files: pictures are shown, pages are downloaded, Frappe answers for the rest", async () => {
		const photo = await get(front, "/files/photo.png");
		assert.deepEqual([photo.text, photo.headers["content-disposition"]], ["png", undefined]);
		const page = await get(front, "/files/page.html");
		assert.equal(page.headers["content-disposition"], "attachment");
		const missing = await get(front, "/files/missing.html");
		assert.equal(JSON.parse(missing.text).url, "/files/missing.html");
		assert.equal(missing.headers["content-disposition"], undefined);
	});
});

test("proxy", async (t) => {
	const { front } = await makeAll(t);

	await t.test("says itself who asks for which site, whatever the client says", async () => {
		const { text, headers } = await get(front, "/api/method/ping?a=1", {
			headers: {
				Cookie: "sid=sidAnna",
				Connection: "close, X-Forwarded-For",
				"X-Frappe-Site-Name": "other.site",
				X_Frappe_Site_Name: "other.site",
				"X-Forwarded-For": "8.8.8.8",
				"X-Forwarded-Proto": "https",
				"X-Forwarded-Host": "evil.example",
				"X-Forwarded-Prefix": "/evil",
				"X-Use-X-Accel-Redirect": "True",
				"X-Real-IP": "8.8.8.8",
				Forwarded: "for=8.8.8.8",
				"X-Frappe-CSRF-Token": "token",
			},
		});
		const seen = JSON.parse(text);
		assert.equal(seen.url, "/api/method/ping?a=1");
		assert.deepEqual(seen.headers, {
			cookie: "sid=sidAnna",
			"x-frappe-csrf-token": "token",
			host: `127.0.0.1:${front.port}`,
			"x-frappe-site-name": SITE,
			"x-forwarded-for": "127.0.0.1",
			"x-forwarded-proto": "http",
			"x-forwarded-host": `127.0.0.1:${front.port}`,
			connection: "close",
		});
		assert.deepEqual(headers["set-cookie"], ["a=1", "b=2"]);
		assert.equal(headers["x-accel-redirect"], undefined);
	});

	await t.test("takes 25 MB, with and without a length", async () => {
		const body = Buffer.alloc(25 * 1024 * 1024, "x");
		const sized = await get(front, "/upload", { method: "POST", body, headers: { "Content-Length": body.length } });
		assert.equal(JSON.parse(sized.text).size, body.length);
		const chunked = await get(front, "/upload", { method: "POST", body, headers: { "Transfer-Encoding": "chunked" } });
		assert.equal(JSON.parse(chunked.text).size, body.length);
		const empty = await get(front, "/upload", { method: "POST", headers: { "Content-Length": 0 } });
		assert.equal(JSON.parse(empty.text).headers["content-length"], "0");
	});

	await t.test("a torn answer is torn for the client too", async () => {
		await assert.rejects(get(front, "/torn"), { code: "ECONNRESET" });
	});

	await t.test("survives clients that leave and a gunicorn that hangs up", async () => {
		const options = { host: "127.0.0.1", port: front.port, path: "/upload", method: "POST" };
		const leaving = http.request({ ...options, headers: { "Content-Length": 1e6 } });
		const left = new Promise((resolve) => leaving.on("error", resolve));
		leaving.write("x".repeat(1000), () => leaving.destroy());
		await left;
		assert.equal((await get(front, "/reset")).status, 502);
		const late = await get(front, "/reset", { method: "POST", body: Buffer.alloc(5e6) });
		assert.equal(late.status, 502);
		const { status, text } = await get(front, "/__front__/health");
		assert.deepEqual([status, JSON.parse(text)], [200, { front: "ok", web: true }]);
	});

	await t.test("refuses to upgrade anything but /socket.io/", async () => {
		const headers = { Connection: "Upgrade", Upgrade: "websocket" };
		assert.equal((await get(front, "/app", { headers })).status, 400);
	});
});

test("while gunicorn is away, a calm page in three languages", async (t) => {
	const redis = await startRedis(t);
	const webPort = await freePort();
	const front = await makeFront(t, { webPort, redisPort: redis.port });
	const { status, headers, text } = await get(front, "/app", { headers: { Accept: "text/html" } });
	assert.equal(status, 503);
	assert.equal(headers["retry-after"], "3");
	assert.equal(headers["cache-control"], "no-store");
	for (const lang of ["fi", "sv", "en"]) assert.match(text, new RegExp(`<p lang="${lang}">[^.]+\\.</p>`));
	assert.match(text, /<meta http-equiv="refresh" content="3">/);
	assert.doesNotMatch(text, /src=|href=|url\(/);
	const forScripts = await get(front, "/api/method/ping", { headers: { Accept: "application/json" } });
	assert.equal(forScripts.headers["content-type"], "text/plain; charset=utf-8");
	assert.deepEqual(JSON.parse((await get(front, "/__front__/health")).text), { front: "ok", web: false });
	assert.match(front.log, /gunicorn does not answer \(ECONNREFUSED\)/);

	await startGunicorn(t, webPort);
	assert.equal((await get(front, "/app")).status, 200);
});

test("realtime", async (t) => {
	const { front, redis } = await makeAll(t);
	await redis.subscribed();
	const join = (sid, options) => connected(connect(t, front, sid, options));

	await t.test("refuses strangers", async () => {
		const refused = {
			"another origin": ["sidAnna", { headers: { Origin: "http://evil.example" } }],
			"another port": ["sidAnna", { headers: { Origin: "http://127.0.0.1:1" } }],
			"no origin over a websocket": ["sidAnna", { headers: { Origin: "" } }],
			"another origin, polling": ["sidAnna", { headers: { Origin: "http://evil.example" }, transports: ["polling"] }],
			"no cookie": [null],
			"a guest": ["sidOfNobody"],
			"Frappe in trouble": ["sidBroken"],
			"another site": ["sidAnna", { namespace: "other.site" }],
			"no site": ["sidAnna", { namespace: "" }],
		};
		for (const [who, [sid, options]] of Object.entries(refused)) {
			await assert.rejects(join(sid, options), undefined, who);
		}
	});

	await t.test("polling as browsers do it: no Origin of their own, but they say it is the same", async () => {
		const get = (headers) => fetch(`${front.origin}/socket.io/?EIO=4&transport=polling`, { headers });
		const cookie = { Cookie: "sid=sidAnna" };
		assert.equal((await get({ ...cookie, "Sec-Fetch-Site": "same-origin" })).status, 200);
		assert.equal((await get({ ...cookie, Referer: `${front.origin}/app` })).status, 200);
		assert.equal((await get({ ...cookie, "Sec-Fetch-Site": "cross-site" })).status, 403);
		assert.equal((await get({ ...cookie, Referer: "http://evil.example/" })).status, 403);
		assert.equal((await get({ ...cookie, "Sec-Fetch-Site": "" })).status, 403);
		await join("sidAnna", { transports: ["polling", "websocket"] });
	});

	await t.test("gives each event to its room and to nobody else", async () => {
		const [anna, beno, guardian] = [await join("sidAnna"), await join("sidBeno"), await join("sidGuardian")];
		redis.publish("for_anna", 1, "user:anna@example.com");
		redis.publish("for_all", 2, "all");
		redis.publish("for_website", 3, "website");
		redis.publish("elsewhere", 4, "all", "other.site");
		redis.publish("roomless", 5, undefined);
		redis.publish("connect", 6, "all");
		redis.publish("last", 7, "website");
		for (const socket of [anna, beno, guardian]) await received(socket, "last");
		const got = (socket) => socket.events.map(([event]) => event);
		assert.deepEqual(got(anna), ["for_anna", "for_all", "for_website", "last"]);
		assert.deepEqual(got(beno), ["for_all", "for_website", "last"]);
		assert.deepEqual(got(guardian), ["for_website", "last"]);
	});

	await t.test("asks Frappe before a document or a list is followed", async () => {
		const [anna, beno, guardian] = [await join("sidAnna"), await join("sidBeno"), await join("sidGuardian")];
		for (const socket of [anna, beno, guardian]) {
			socket.emit("doctype_subscribe", "Concern");
			socket.emit("doc_subscribe", "Concern", "C1");
			socket.emit("doc_subscribe", "Concern", "C2");
			socket.emit("doc_subscribe", { sid: "x" }, ["C1"]);
			socket.emit("task_subscribe", "task1");
			socket.emit("doc_open", "Concern", "C1");
		}
		for (const socket of [anna, beno]) await received(socket, "doc_viewers");
		redis.publish("list_update", {}, "doctype:Concern");
		redis.publish("doc_update", {}, "doc:Concern/C1");
		redis.publish("hidden", {}, "doc:Concern/C2");
		redis.publish("task_progress", {}, "task_progress:task1");
		redis.publish("last", {}, "website");
		for (const socket of [anna, beno, guardian]) await received(socket, "last");
		const got = (socket) => socket.events.map(([event]) => event).filter((event) => event !== "doc_viewers");
		assert.deepEqual(got(anna), ["list_update", "doc_update", "task_progress", "last"]);
		assert.deepEqual(got(beno), ["doc_update", "task_progress", "last"]);
		assert.deepEqual(guardian.events, [["last", {}]]);
		for (const socket of [anna, beno]) socket.disconnect();
	});

	await t.test("tells who else has the document open, also after they left", async () => {
		const [anna, beno] = [await join("sidAnna"), await join("sidBeno")];
		const viewers = (count) => ({ users }) => users.length === count;
		anna.emit("doc_open", "Concern", "C1");
		await received(anna, "doc_viewers", viewers(1));
		beno.emit("doc_open", "Concern", "C1");
		assert.deepEqual(await received(anna, "doc_viewers", viewers(2)), {
			doctype: "Concern",
			docname: "C1",
			users: ["anna@example.com", "beno@example.com"],
		});
		anna.events.length = 0;
		beno.emit("doc_close", "Concern", "C1");
		assert.deepEqual((await received(anna, "doc_viewers")).users, ["anna@example.com"]);
		beno.emit("doc_open", "Concern", "C1");
		await received(anna, "doc_viewers", viewers(2));
		anna.events.length = 0;
		beno.disconnect();
		assert.deepEqual((await received(anna, "doc_viewers")).users, ["anna@example.com"]);
	});

	await t.test("finds Redis again when it comes back", async () => {
		const anna = await join("sidAnna");
		redis.stop();
		const again = await startRedis(t, redis.port);
		await again.subscribed();
		again.publish("back", 1, "all");
		assert.equal(await received(anna, "back"), 1);
		assert.match(front.log, /Redis is not there/);
	});

	await t.test("never logs a session", () => assert.doesNotMatch(front.log, /sid/i));

	await t.test("stops within two seconds, browsers connected or not", async () => {
		await join("sidAnna");
		const started = Date.now();
		front.child.kill("SIGTERM");
		const [code] = await front.exited;
		assert.equal(code, 0);
		assert.ok(Date.now() - started < 2000);
	});
});

test("a second front serves another site of the bench", async (t) => {
	const [web, redis, port] = [await startGunicorn(t), await startRedis(t), await freePort()];
	const common = { redis_queue: `redis://127.0.0.1:${redis.port}`, default_site: SITE, webserver_port: 1, gunicorn_port: 1 };
	const bench = await makeBench(t, { "sites/common_site_config.json": JSON.stringify(common) });
	const options = ["--site", "other.localhost", "--port", port, "--web-port", web.port];
	const front = await startFront(t, bench, { port, options });
	const { text } = await get(front, "/api/method/ping");
	assert.equal(JSON.parse(text).headers["x-frappe-site-name"], "other.localhost");
	await redis.subscribed();
	const anna = await connected(connect(t, front, "sidAnna", { namespace: "other.localhost" }));
	redis.publish("elsewhere", 1, "all");
	redis.publish("here", 2, "all", "other.localhost");
	assert.equal(await received(anna, "here"), 2);
	assert.equal(anna.events.length, 1);
	await assert.rejects(connected(connect(t, front, "sidAnna")));
});

test("says what its configuration lacks", async (t) => {
	const bench = await makeBench(t, { "sites/common_site_config.json": '{"default_site": "a.b"}' });
	const stderr = await new Promise((resolve) =>
		execFile(process.execPath, [FRONT, "--bench", bench], (error, stdout, stderr) => resolve(stderr))
	);
	assert.match(stderr, /^front failed: webserver_port is missing/);
});

/* Hands requests to gunicorn and its answers back, streaming both ways. */
import http from "node:http";
import { Transform, pipeline } from "node:stream";

import { addressOf } from "./request.mjs";

// A little more than gunicorn gives its own workers, so that its answer comes first.
const PATIENCE = 130_000;

// They speak of one connection, ours with the client or ours with gunicorn, and are not passed on.
const HOP_BY_HOP = new Set([
	"connection",
	"expect",
	"keep-alive",
	"proxy-authenticate",
	"proxy-authorization",
	"proxy-connection",
	"te",
	"trailer",
	"transfer-encoding",
	"upgrade",
]);
// What only a front may say: who the client is, which site is meant, who sends the files.
const FOR_FRONTS_ONLY = /^(forwarded|proxy|x-(accel|forwarded|frappe-site|original|real-ip|rewrite|sendfile|use-x-accel).*)$/;

export function createProxy({ webPort, site }, log) {
	return function proxy(req, res) {
		const upstream = http.request({
			host: "127.0.0.1",
			port: webPort,
			method: req.method,
			path: req.url,
			headers: requestHeaders(req, site),
			// A kept connection could be closed by gunicorn just as we reuse it; on this machine a new one costs nothing.
			agent: false,
			timeout: PATIENCE,
		});
		upstream.on("response", (answer) => {
			res.writeHead(answer.statusCode, answer.statusMessage, responseHeaders(answer));
			// A torn answer must not look whole: pipeline() then breaks the connection to the client as well.
			pipeline(answer, res, () => {});
		});
		upstream.on("timeout", () => upstream.destroy(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" })));
		upstream.on("error", (error) => {
			if (res.headersSent || res.destroyed) return;
			log(`gunicorn does not answer (${error.code ?? error.message})`);
			afterUpload(req, () => sayUnavailable(req, res, error.code));
		});
		upstream.on("close", () => discardRest(req));
		req.on("error", () => upstream.destroy());
		res.on("close", () => upstream.destroy());
		req.pipe(inTurns()).pipe(upstream);
	};
}

/**
 * Frappe may refuse an upload before it has read it. Between two writes there is a turn to read that answer;
 * writing on into the closed connection would lose it.
 */
function inTurns() {
	return new Transform({ transform: (chunk, encoding, done) => setImmediate(done, null, chunk) });
}

/** A client that is still sending reads no answer, and takes a closed connection for a broken network. */
function afterUpload(req, answer) {
	if (req.readableEnded) answer();
	else req.on("end", answer);
}

function discardRest(req) {
	req.unpipe();
	req.resume();
}

function requestHeaders(req, site) {
	const listed = (req.headers.connection ?? "").toLowerCase().split(/\s*,\s*/);
	const headers = {};
	for (const [name, value] of Object.entries(req.headers)) {
		// WSGI cannot tell "X_Real" from "X-Real", so a header with an underscore could pose as one of ours.
		const dropped = HOP_BY_HOP.has(name) || listed.includes(name) || FOR_FRONTS_ONLY.test(name) || name.includes("_");
		if (!dropped) headers[name] = value;
	}
	headers.host = req.headers.host ?? site;
	headers["x-frappe-site-name"] = site;
	headers["x-forwarded-for"] = addressOf(req);
	headers["x-forwarded-proto"] = "http";
	headers["x-forwarded-host"] = headers.host;
	if (req.headers["transfer-encoding"]) headers["transfer-encoding"] = "chunked";
	else if (!headers["content-length"] && !["GET", "HEAD"].includes(req.method)) headers["content-length"] = "0";
	return headers;
}

/** The headers of the answer as they came, repeated ones too. They replace those that we set on every response. */
function responseHeaders({ rawHeaders }) {
	const headers = {};
	for (let i = 0; i < rawHeaders.length; i += 2) {
		const name = rawHeaders[i].toLowerCase();
		if (HOP_BY_HOP.has(name) || FOR_FRONTS_ONLY.test(name)) continue;
		headers[name] = name in headers ? [headers[name], rawHeaders[i + 1]].flat() : rawHeaders[i + 1];
	}
	return headers;
}

const STARTING = {
	fi: "Palvelu käynnistyy, hetki vain.",
	sv: "Tjänsten startar, ett ögonblick.",
	en: "The service is starting, one moment.",
};
const SILENT = {
	fi: "Palvelu ei vastannut, yritämme uudelleen.",
	sv: "Tjänsten svarade inte, vi försöker igen.",
	en: "The service did not answer, trying again.",
};

function sayUnavailable(req, res, code) {
	const status = code === "ECONNREFUSED" ? 503 : 502;
	const sentences = status === 503 ? STARTING : SILENT;
	const asksForPage = req.headers.accept?.includes("text/html");
	res.writeHead(status, {
		"Cache-Control": "no-store",
		"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
		"Content-Type": `text/${asksForPage ? "html" : "plain"}; charset=utf-8`,
		"Retry-After": "3",
	});
	res.end(asksForPage ? page(sentences) : sentences.en);
}

function page(sentences) {
	const lines = Object.entries(sentences).map(([lang, sentence]) => `<p lang="${lang}">${sentence}</p>`);
	return `<!DOCTYPE html>
<html lang="fi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="3">
<title>${sentences.fi}</title>
<style>
body { margin: 20vh auto; max-width: 32rem; padding: 0 1rem; font: 1.1rem/1.6 system-ui, sans-serif; color: #222; background: #fff }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #1c1c1c } }
</style>
</head>
<body>
<main role="status">
${lines.join("\n")}
</main>
</body>
</html>
`;
}

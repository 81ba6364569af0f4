/* Files: the assets of the apps, and the public files of the site. */
import { existsSync } from "node:fs";
import http from "node:http";
import path from "node:path";

import send from "send";

const YEAR = 365 * 24 * 60 * 60 * 1000;
const BUNDLE = /^\/\w+\/dist\/(js|css|css-rtl)\/[\w.-]+\.bundle\.[A-Z0-9]{8}\.(js|css)$/;
const TYPES = { js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8" };
// Uploaded files of any other kind are downloaded, never opened: a page or a drawing could carry a script.
const SHOWN_IN_PAGES = /\.(avif|gif|ico|jpe?g|mp3|mp4|ogg|pdf|png|txt|wav|webm|webp)$/i;

export function createStatics({ sites, site }, proxy) {
	const assets = path.join(sites, "assets");
	const publicFolder = path.join(sites, site, "public");

	function asset(req, res, pathname) {
		if (!isRead(req)) return fail(res, 405);
		const file = pathname.slice("/assets".length);
		const bundle = BUNDLE.exec(file);
		const caching = bundle ? { maxAge: YEAR, immutable: true } : { cacheControl: false };
		if (!bundle) res.setHeader("Cache-Control", "no-cache");
		const packed = bundle && existsSync(path.join(assets, `${file}.gz`));
		if (packed) res.setHeader("Vary", "Accept-Encoding");
		const usesPacked = packed && acceptsGzip(req);
		if (usesPacked) {
			res.setHeader("Content-Encoding", "gzip");
			res.setHeader("Content-Type", TYPES[bundle[2]]);
		}
		stream(req, res, usesPacked ? `${file}.gz` : file, { root: assets, ...caching }, (status) => fail(res, status));
	}

	function file(req, res, pathname) {
		if (!isRead(req)) return proxy(req, res);
		res.setHeader("Cache-Control", "no-cache");
		if (!SHOWN_IN_PAGES.test(pathname)) res.setHeader("Content-Disposition", "attachment");
		stream(req, res, pathname, { root: publicFolder, cacheControl: false }, (status) => {
			res.removeHeader("Cache-Control");
			res.removeHeader("Content-Disposition");
			// Frappe answers for what is not there: it has its own page for that.
			if (status === 404) proxy(req, res);
			else fail(res, status);
		});
	}

	return { asset, file };
}

function stream(req, res, file, options, failed) {
	send(req, file, { ...options, index: false, dotfiles: "deny" })
		.on("error", (error) => failed(error.status ?? 500))
		.on("directory", () => failed(404))
		.pipe(res);
}

const isRead = ({ method }) => method === "GET" || method === "HEAD";

function acceptsGzip({ headers }) {
	const gzip = (headers["accept-encoding"] ?? "").split(",").find((part) => /^\s*gzip\s*(;|$)/i.test(part));
	return gzip !== undefined && !/;\s*q=0(\.0*)?\s*$/i.test(gzip);
}

function fail(res, status) {
	if (res.headersSent) return res.destroy();
	for (const name of ["Content-Encoding", "Content-Range", "Vary"]) res.removeHeader(name);
	res.writeHead(status, { "Cache-Control": "no-store", "Content-Type": "text/plain; charset=utf-8" });
	res.end(http.STATUS_CODES[status]);
}

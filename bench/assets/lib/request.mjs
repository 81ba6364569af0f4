/* What a request says about its sender. */

export function addressOf(req) {
	return (req.socket.remoteAddress ?? "127.0.0.1").replace(/^::ffff:/, "");
}

/** The session id of Frappe, or null. Frappe's are alphanumeric; anything else is not sent on. */
export function sessionOf(headers) {
	const cookies = (headers.cookie ?? "").split(";").map((cookie) => cookie.trim());
	const sid = cookies.find((cookie) => cookie.startsWith("sid="))?.slice("sid=".length);
	return /^\w{1,140}$/.test(sid ?? "") ? sid : null;
}

/** Was the request made by a page of this very host? `Origin` decides wherever it is sent. */
export function isSameOrigin({ headers }, { needsOrigin }) {
	if (headers.origin !== undefined) return isHost(headers.origin, headers.host);
	if (needsOrigin) return false;
	// Browsers leave it out of a GET to their own host, and say the same in one of these.
	if (headers["sec-fetch-site"] !== undefined) return headers["sec-fetch-site"] === "same-origin";
	return isHost(headers.referer, headers.host);
}

function isHost(url, host) {
	const parsed = URL.canParse(url ?? "") ? new URL(url) : null;
	return Boolean(parsed?.host) && parsed.host === host?.toLowerCase();
}

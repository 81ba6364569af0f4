/* Questions that the front itself puts to Frappe, through gunicorn. */
const PATIENCE = 10_000;
const HEALTH_PATIENCE = 2_000;

export function createWeb({ webPort, site }, log) {
	const fetchWeb = (path, headers, patience) =>
		fetch(`http://127.0.0.1:${webPort}${path}`, {
			headers: { ...headers, Accept: "application/json", "X-Frappe-Site-Name": site },
			redirect: "manual",
			signal: AbortSignal.timeout(patience),
		});

	/** Does gunicorn answer at all? What it answers does not matter here: a site may still be on its way. */
	async function answers() {
		try {
			const response = await fetchWeb("/api/method/ping", {}, HEALTH_PATIENCE);
			await response.body?.cancel();
			return true;
		} catch {
			return false;
		}
	}

	/**
	 * Calls a method of `frappe.realtime` as the owner of the session.
	 * @returns the message, or null for a refusal, an error or no answer: all of them mean no.
	 */
	async function ask(method, parameters, { sid, address }) {
		const path = `/api/method/frappe.realtime.${method}?${new URLSearchParams(parameters)}`;
		try {
			const response = await fetchWeb(path, { Cookie: `sid=${sid}`, "X-Forwarded-For": address }, PATIENCE);
			if (response.status === 200) return (await response.json()).message ?? null;
			await response.body?.cancel();
		} catch (error) {
			log(`realtime: no answer to ${method} (${error.cause?.code ?? error.name})`);
		}
		return null;
	}

	return { answers, ask };
}

const QUIET_FOR = 10_000;

/** One line per problem: the same line is not repeated within ten seconds. Callers give no cookies, addresses or bodies. */
export function createLog(name) {
	const last = new Map();
	return (message) => {
		const now = Date.now();
		if (now - (last.get(message) ?? -Infinity) < QUIET_FOR) return;
		if (last.size > 1000) last.clear();
		last.set(message, now);
		console.log(`${name}: ${message.replaceAll(/\s+/g, " ")}`);
	};
}

// Where drafts are kept: in this browser, locked with a key that the server gives to the session of their writer only
// (drafts/keys.py, docs/drafts.md). Who logs in next on the same computer finds nothing that could be read.

const STORE = "drafts";
const encode = (text) => new TextEncoder().encode(text);

let opened = null;
let keys = null;

/** Asks for the keys once; again after a failure, when the next draft is to be kept. */
async function unlock() {
	keys ??= fetch_keys();
	try {
		return await keys;
	} catch (error) {
		keys = null;
		throw error;
	}
}

/** Without Frappe's own requests, which would freeze the page or speak of a failure of which there is no need to speak. */
const ask = () =>
	fetch("/api/method/early_support.drafts.keys.get_keys", {
		method: "POST",
		headers: { Accept: "application/json", "X-Frappe-CSRF-Token": frappe.csrf_token },
	});

/** Whether the session of this page has ended: it gets no key any more. */
export async function is_logged_out() {
	const answer = await ask().catch(() => null);
	return Boolean(answer && !answer.ok && answer.status < 500);
}

/** In another tab of the browser this person may have logged out, and somebody else sat down: then the keys are gone. */
async function forget_keys_of_others() {
	const answer = await ask().catch(() => null);
	// Without a network nobody can log in as somebody else.
	if (!answer || answer.status >= 500) return;
	const { user } = answer.ok ? (await answer.json()).message : {};
	if (user !== frappe.session.user) keys = null;
}

async function fetch_keys() {
	const answer = await ask();
	if (!answer.ok) throw new Error("no keys");
	const { user, period, keys } = (await answer.json()).message;
	// Somebody else has logged in with this browser since the page was opened.
	if (user !== frappe.session.user) throw new Error("another user");
	const imported = await Promise.all(Object.entries(keys).map(async ([at, key]) => [at, await usable(key)]));
	return { period, of: new Map(imported) };
}

function usable(key) {
	const bytes = Uint8Array.from(atob(key), (letter) => letter.charCodeAt(0));
	// Not extractable: a script can use the key as long as the page is open, and not take it along.
	return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

function database() {
	opened ??= new Promise((resolve, reject) => {
		const request = indexedDB.open("early_support", 1);
		request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error);
	});
	return opened;
}

async function run(mode, work) {
	const transaction = (await database()).transaction(STORE, mode);
	const request = work(transaction.objectStore(STORE));
	return new Promise((resolve, reject) => {
		transaction.oncomplete = () => resolve(request.result);
		transaction.onerror = transaction.onabort = () => reject(transaction.error);
	});
}

/** Keeps a draft under an id that says nothing, in the place of what was kept under it before. */
export async function put(id, draft) {
	const { period, of } = await unlock();
	const iv = crypto.getRandomValues(new Uint8Array(12));
	const lock = { name: "AES-GCM", iv, additionalData: encode(id) };
	const sealed = await crypto.subtle.encrypt(lock, of.get(period), encode(JSON.stringify(draft)));
	await run("readwrite", (store) => store.put({ id, period, iv, sealed }));
}

/** All drafts of this person in this browser: [[id, draft]], the newest first. Throws away what nobody can open any more. */
export async function all() {
	if (!(await run("readonly", (store) => store.count()))) return [];
	await forget_keys_of_others();
	const { of } = await unlock();
	const oldest = Math.min(...of.keys());
	const found = await Promise.all(
		(await run("readonly", (store) => store.getAll())).map(async ({ id, period, iv, sealed }) => {
			if (Number(period) < oldest) await remove(id);
			if (!of.has(period)) return null;
			try {
				const lock = { name: "AES-GCM", iv, additionalData: encode(id) };
				const bytes = await crypto.subtle.decrypt(lock, of.get(period), sealed);
				return [id, JSON.parse(new TextDecoder().decode(bytes))];
			} catch {
				// Somebody else's.
				return null;
			}
		})
	);
	return found.filter(Boolean).sort(([, one], [, other]) => other.at - one.at);
}

export const remove = (id) => run("readwrite", (store) => store.delete(id));

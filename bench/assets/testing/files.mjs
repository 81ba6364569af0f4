import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

/** A temporary bench with the given files (path → text), removed after the test. */
export async function makeBench(t, files) {
	const bench = await mkdtemp(path.join(os.tmpdir(), "bench-"));
	t.after(() => rm(bench, { recursive: true, force: true }));
	await addFiles(bench, files);
	return bench;
}

export async function addFiles(bench, files) {
	for (const [name, text] of Object.entries(files)) {
		const file = path.join(bench, name);
		await mkdir(path.dirname(file), { recursive: true });
		await writeFile(file, text);
	}
}

#!/usr/bin/env node
/*
 * Builds the browser assets of the trial bench: every `*.bundle.*` below an app's public folder.
 * Nothing is written until every app has compiled, so a failed build leaves the earlier assets in place.
 */
import { existsSync } from "node:fs";
import * as fs from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { gzip } from "node:zlib";

import { createClient } from "@redis/client";

const USAGE = "Usage: node build.mjs --bench DIR [--app NAME ...] [--production]";
const MODULES = fileURLToPath(new URL("node_modules", import.meta.url));
const STYLES = new Set([".css", ".scss"]);
const BUNDLE = /\.bundle\.(js|ts|css|scss)$/;
const BUILT_FOLDERS = ["dist", "node_modules"];
// Packages that the desk loads by URL while it runs, each from /assets/frappe/node_modules/<package>.
const SERVED_PACKAGES = ["ace-builds", "frappe-gantt", "html5-qrcode", "js-sha256", "qz-tray"];

class BuildError extends Error {}

async function main() {
	const options = readOptions();
	const apps = await findApps(options);
	const builds = [];
	for (const app of apps) builds.push(await buildApp(app, options));
	if (!builds.some((build) => build.files.length)) throw new BuildError(`no bundles in ${names(apps)}`);
	await publish(builds, options);
}

function readOptions() {
	const { values } = parseArgs({
		options: {
			bench: { type: "string" },
			app: { type: "string", multiple: true },
			production: { type: "boolean", default: false },
		},
	});
	if (!values.bench) throw new BuildError(USAGE);
	const bench = path.resolve(values.bench);
	for (const folder of ["apps", "sites"]) requireFolder(path.join(bench, folder));
	return { bench, chosen: values.app, production: values.production, assets: path.join(bench, "sites", "assets") };
}

function requireFolder(folder) {
	if (!existsSync(folder)) throw new BuildError(`missing folder: ${folder}`);
}

/** The apps to build, and in `options.all` the names of every app of the bench, for imports across apps. */
async function findApps(options) {
	const listed = await listApps(options.bench);
	const wanted = options.chosen ?? listed;
	options.all = [...new Set([...listed, ...wanted])];
	return wanted.map((name) => {
		const root = path.join(options.bench, "apps", name);
		requireFolder(path.join(root, name));
		return { name, root, public: path.join(root, name, "public") };
	});
}

async function listApps(bench) {
	const list = path.join(bench, "sites", "apps.txt");
	if (!existsSync(list)) throw new BuildError(`missing file: ${list}`);
	return (await fs.readFile(list, "utf8")).split(/\s+/).filter(Boolean);
}

/** Compiles one app in memory. */
async function buildApp(app, options) {
	const started = performance.now();
	const hasPublic = existsSync(app.public);
	const entries = hasPublic ? await findEntries(app.public) : { scripts: {}, styles: {} };
	const results = await compile(entries, app, options).catch((error) => {
		throw error.errors ? new BuildError(describe(error.errors, options)) : error;
	});
	const build = {
		app,
		hasPublic,
		files: results.flatMap((result) => result.outputFiles),
		maps: { "assets.json": {}, "assets-rtl.json": {} },
	};
	for (const result of results) addToMaps(build.maps, result.metafile.outputs);
	const warnings = results.flatMap((result) => result.warnings);
	if (warnings.length) console.warn(describe(warnings, options, "warning: "));
	report(build, entries, hasPublic, performance.now() - started);
	return build;
}

/** Output name → source file, apart for scripts and styles. */
async function findEntries(folder) {
	const entries = { scripts: {}, styles: {} };
	for (const file of await walk(folder)) {
		const extension = path.extname(file);
		const group = STYLES.has(extension) ? entries.styles : entries.scripts;
		const name = path.basename(file, extension);
		if (group[name]) throw new BuildError(`two bundles of one name: ${group[name]} and ${file}`);
		group[name] = file;
	}
	return entries;
}

async function walk(folder) {
	const found = [];
	for (const entry of await fs.readdir(folder, { withFileTypes: true })) {
		const file = path.join(folder, entry.name);
		if (entry.isDirectory() && !BUILT_FOLDERS.includes(entry.name)) found.push(...(await walk(file)));
		else if (entry.isFile() && BUNDLE.test(entry.name)) found.push(file);
	}
	return found.sort();
}

async function compile({ scripts, styles }, app, options) {
	const jobs = [
		[scripts, "js", (tools, shared, context) => tools.scriptPlugins(shared, context)],
		[styles, "css", (tools, shared) => tools.stylePlugins(shared, { rtl: false })],
		[styles, "css-rtl", (tools, shared) => tools.stylePlugins(shared, { rtl: true })],
	].filter(([files]) => Object.keys(files).length);
	if (!jobs.length) return [];

	const [esbuild, tools] = await Promise.all([import("esbuild"), import("./lib/plugins.mjs")]);
	const nodePaths = importFolders(options);
	const shared = new tools.Styles(nodePaths);
	const context = { nodePaths, production: options.production, bench: options.bench };
	return Promise.all(
		jobs.map(([files, folder, plugins]) =>
			esbuild.build({
				...esbuildOptions(context),
				entryPoints: Object.fromEntries(Object.entries(files).map(([name, file]) => [`${folder}/${name}`, file])),
				outdir: path.join(app.public, "dist"),
				plugins: plugins(tools, shared, context),
			})
		)
	);
}

/** Where a bare import is looked up: our locked packages, then "app/public/…" of any app, then an app's own packages. */
function importFolders({ bench, all }) {
	const roots = all.map((name) => path.join(bench, "apps", name));
	return [MODULES, ...roots, ...roots.map((root) => path.join(root, "node_modules")).filter(existsSync)];
}

function esbuildOptions({ nodePaths, production, bench }) {
	return {
		// Paths are part of the hashes: seen from the bench, equal sources give equal names wherever the build is started.
		absWorkingDir: bench,
		entryNames: "[dir]/[name].[hash]",
		target: "es2017",
		bundle: true,
		write: false,
		metafile: true,
		minify: production,
		sourcemap: !production,
		nodePaths,
		logLevel: "silent",
		define: {
			"process.env.NODE_ENV": JSON.stringify(production ? "production" : "development"),
			__VUE_OPTIONS_API__: "true",
			__VUE_PROD_DEVTOOLS__: "false",
		},
	};
}

/** Frappe looks a bundle up by the name of its source, with `.css` for every kind of style and `rtl_` before the mirrored. */
function addToMaps(maps, outputs) {
	for (const [output, { entryPoint }] of Object.entries(outputs)) {
		if (!entryPoint) continue;
		const [app, , , dist, folder, file] = path.relative("apps", output).split(path.sep);
		const name = path.basename(entryPoint).replace(/\.scss$/, ".css");
		const url = ["/assets", app, dist, folder, file].join("/");
		if (folder === "css-rtl") maps["assets-rtl.json"][`rtl_${name}`] = url;
		else maps["assets.json"][name] = url;
	}
}

function report({ app, files }, { scripts, styles }, hasPublic, milliseconds) {
	if (!hasPublic) return console.log(`${app.name}: no public folder`);
	const counts = `${Object.keys(scripts).length} scripts, ${Object.keys(styles).length} style sheets`;
	const size = files.reduce((sum, file) => sum + file.contents.length, 0);
	console.log(`${app.name}: ${counts}, ${Math.ceil(size / 1000)} kB in ${(milliseconds / 1000).toFixed(1)} s`);
}

/** New bundles first, then the maps that name them, then away with the old: a page never refers to a missing file. */
async function publish(builds, options) {
	await fs.mkdir(options.assets, { recursive: true });
	const kept = new Set();
	for (const { app, hasPublic, files } of builds) {
		if (hasPublic) await link(app.public, path.join(options.assets, app.name));
		if (app.name === "frappe" && hasPublic) await linkServedPackages(app.public);
		for (const file of files) await writeBundle(file, options.production, kept);
	}
	await dropBrokenLinks(options.assets);
	for (const name of ["assets.json", "assets-rtl.json"]) await writeMap(name, builds, options);
	await forgetCachedMap(options.bench);
	for (const { app } of builds) await dropOldBundles(app.public, kept);
}

async function link(target, place) {
	const relative = path.relative(path.dirname(place), target);
	const present = await fs.lstat(place).catch(() => null);
	if (present && !present.isSymbolicLink()) throw new BuildError(`${place} is in the way of a link`);
	if (present && (await fs.readlink(place)) === relative) return;
	await replace(place, (temporary) => fs.symlink(relative, temporary));
}

async function linkServedPackages(publicFolder) {
	const folder = path.join(publicFolder, "node_modules");
	await fs.mkdir(folder, { recursive: true });
	for (const name of SERVED_PACKAGES) await link(path.join(MODULES, name), path.join(folder, name));
}

async function writeBundle({ path: file, contents }, production, kept) {
	await fs.mkdir(path.dirname(file), { recursive: true });
	await replace(file, (temporary) => fs.writeFile(temporary, contents));
	kept.add(file);
	if (!production) return;
	const packed = await promisify(gzip)(contents, { level: 9 });
	await replace(`${file}.gz`, (temporary) => fs.writeFile(temporary, packed));
	kept.add(`${file}.gz`);
}

/** Entries of apps that were not built stay, those of apps that are gone do not. */
async function writeMap(name, builds, { assets, all }) {
	const file = path.join(assets, name);
	const built = builds.map((build) => build.app.name);
	const earlier = JSON.parse(await fs.readFile(file, "utf8").catch(() => "{}"));
	const others = Object.entries(earlier).filter(([, url]) => {
		const app = url.split("/")[2];
		return all.includes(app) && !built.includes(app);
	});
	const map = Object.assign(Object.fromEntries(others), ...builds.map((build) => build.maps[name]));
	await replace(file, (temporary) => fs.writeFile(temporary, JSON.stringify(map, null, "\t") + "\n"));
}

async function replace(file, write) {
	const temporary = `${file}.${process.pid}.tmp`;
	await fs.rm(temporary, { force: true });
	await write(temporary);
	await fs.rename(temporary, file);
}

async function dropBrokenLinks(folder) {
	for (const entry of await fs.readdir(folder, { withFileTypes: true })) {
		const file = path.join(folder, entry.name);
		if (entry.isSymbolicLink() && !existsSync(file)) await fs.unlink(file);
	}
}

async function dropOldBundles(publicFolder, kept) {
	for (const folder of ["js", "css", "css-rtl"]) {
		const dist = path.join(publicFolder, "dist", folder);
		for (const name of await fs.readdir(dist).catch(() => [])) {
			const file = path.join(dist, name);
			if (!kept.has(file)) await fs.rm(file, { force: true });
		}
	}
}

/** A running Frappe keeps the map in its cache; without this it would go on naming the old bundles. */
async function forgetCachedMap(bench) {
	const config = path.join(bench, "sites", "common_site_config.json");
	const { redis_cache: url } = JSON.parse(await fs.readFile(config, "utf8").catch(() => "{}"));
	if (!url) return;
	const client = createClient({ url, socket: { connectTimeout: 1000, reconnectStrategy: false } });
	// Redis need not run while assets are built; then there is no cache to clear either.
	client.on("error", () => {});
	const connected = await client.connect().catch(() => null);
	if (!connected) return;
	await client.del("assets_json").catch((error) => console.warn(`warning: Redis cache not cleared: ${error.message}`));
	client.destroy();
}

const names = (apps) => apps.map((app) => app.name).join(", ");

function describe(messages, { bench }, prefix = "") {
	const place = ({ file, line, column }) => `${path.resolve(bench, file)}:${line}:${column + 1}: `;
	return messages.map(({ text, location }) => prefix + (location ? place(location) : "") + text).join("\n");
}

main().catch((error) => {
	const expected = error instanceof BuildError || error.code?.startsWith("ERR_PARSE_ARGS");
	console.error(`build failed: ${expected ? error.message : error.stack}`);
	process.exitCode = 1;
});

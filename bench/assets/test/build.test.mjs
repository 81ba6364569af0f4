import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, readlink } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

import { addFiles, makeBench } from "../testing/files.mjs";
import { startRedis } from "../testing/servers.mjs";

const SCRIPT = fileURLToPath(new URL("../build.mjs", import.meta.url));
const DEMO = "apps/demo/demo/public";

const FILES = {
	"sites/apps.txt": "demo\nearly_support\nplain\nbare\n",
	[`${DEMO}/js/demo.bundle.js`]: `
		import Card from "./Card.vue";
		import Options from "./Options.vue";
		import "./row.html";
		import "./look.css";
		import { answer } from "early_support/public/js/answer.js";
		globalThis.demo = { Card, Options, answer, mode: process.env.NODE_ENV };`,
	[`${DEMO}/js/typed.bundle.ts`]: "const count: number = 7; globalThis.typed = count;",
	[`${DEMO}/js/look.css`]: ".look { color: red }",
	[`${DEMO}/js/row.html`]: "<p title='{%= __(\"a\").replace(/a/g, \\'b\\') %}'>`row`</p>",
	[`${DEMO}/js/Card.vue`]: `
		<script setup>
		import { ref } from "vue";
		const title = ref("card");
		</script>
		<template><h1 class="big">{{ title }} {{ __("Open") }}</h1></template>
		<style lang="scss" scoped>
		$ink: #123456;
		.big { &:hover { color: $ink } }
		</style>`,
	[`${DEMO}/js/Options.vue`]: `
		<script>
		export default { name: "Options", data: () => ({ n: 1 }) };
		</script>
		<template><b>{{ n }}</b></template>`,
	[`${DEMO}/scss/demo.bundle.scss`]: `
		@import "~bootstrap/scss/functions";
		@import "early_support/public/scss/tokens";
		@import "early_support/public/css/plain.css";
		.box { margin-left: $gap; user-select: none; background: url("/assets/demo/images/box.png"); }`,
	"apps/early_support/early_support/public/js/early_support.bundle.js": "globalThis.early = true;",
	"apps/early_support/early_support/public/js/answer.js": "export const answer = 42;",
	"apps/early_support/early_support/public/scss/early_support.bundle.scss": "a { float: left }",
	"apps/early_support/early_support/public/scss/_tokens.scss": "$gap: 3px;",
	"apps/early_support/early_support/public/css/plain.css": ".plain { padding-left: 1px }",
	"apps/plain/plain/public/images/note.txt": "no bundles here",
	"apps/bare/bare/hooks.py": "",
};

function build(bench, ...options) {
	return new Promise((resolve) => {
		execFile(process.execPath, [SCRIPT, "--bench", bench, ...options], (error, stdout, stderr) =>
			resolve({ code: error?.code ?? 0, stdout, stderr })
		);
	});
}

const readMap = async (bench, name = "assets.json") => JSON.parse(await readFile(path.join(bench, "sites/assets", name), "utf8"));
const readAsset = (bench, url) => readFile(path.join(bench, "sites", url), "utf8");

test("builder", async (t) => {
	const bench = await makeBench(t, FILES);
	const first = await build(bench, "--production");
	assert.equal(first.code, 0, first.stderr);
	assert.equal(first.stderr, "");
	const map = await readMap(bench);

	await t.test("says what it did, one line per app", () => {
		const lines = first.stdout.trim().split("\n");
		assert.match(lines[0], /^demo: 2 scripts, 1 style sheets, \d+ kB in [\d.]+ s$/);
		assert.match(lines[2], /^plain: 0 scripts, 0 style sheets/);
		assert.equal(lines[3], "bare: no public folder");
	});

	await t.test("maps every bundle under the name that Frappe asks for", async () => {
		assert.deepEqual(Object.keys(map).sort(), [
			"demo.bundle.css",
			"demo.bundle.js",
			"early_support.bundle.css",
			"early_support.bundle.js",
			"typed.bundle.ts",
		]);
		assert.match(map["demo.bundle.js"], /^\/assets\/demo\/dist\/js\/demo\.bundle\.[A-Z0-9]{8}\.js$/);
		const rtl = await readMap(bench, "assets-rtl.json");
		assert.match(rtl["rtl_demo.bundle.css"], /^\/assets\/demo\/dist\/css-rtl\/demo\.bundle\.[A-Z0-9]{8}\.css$/);
		for (const url of [...Object.values(map), ...Object.values(rtl)]) {
			assert.ok(existsSync(path.join(bench, "sites", url)), url);
			assert.ok(existsSync(path.join(bench, "sites", `${url}.gz`)), url);
			assert.ok(!existsSync(path.join(bench, "sites", `${url}.map`)), url);
		}
	});

	await t.test("links the public folders, so that the bench can be moved", async () => {
		assert.equal(await readlink(path.join(bench, "sites/assets/demo")), `../../${DEMO}`);
		assert.equal(await readAsset(bench, "/assets/plain/images/note.txt"), "no bundles here");
		assert.ok(!existsSync(path.join(bench, "sites/assets/bare")));
	});

	await t.test("runs: Vue components, templates, styles inside scripts, imports across apps, TypeScript", async () => {
		const styles = [];
		const context = vm.createContext({ frappe: { templates: {}, dom: { set_style: (css) => styles.push(css) } } });
		vm.runInContext(await readAsset(bench, map["demo.bundle.js"]), context);
		vm.runInContext(await readAsset(bench, map["typed.bundle.ts"]), context);
		const { Card, Options, answer, mode } = context.demo;
		assert.equal(typeof Card.setup, "function");
		assert.equal(typeof Options.render, "function");
		assert.equal(answer, 42);
		assert.equal(mode, "production");
		assert.equal(context.typed, 7);
		assert.equal(context.frappe.templates.row, "<p title='{%= __(\"a\").replace(/a/g, 'b') %}'>`row`</p>");
		assert.deepEqual(styles, [`.big[${Card.__scopeId}]:hover{color:#123456}`, ".look{color:red}"]);
	});

	await t.test("compiles SCSS with prefixes, and mirrors it", async () => {
		const css = await readAsset(bench, map["demo.bundle.css"]);
		assert.match(css, /\.plain\{padding-left:1px\}/);
		assert.match(css, /\.box\{margin-left:3px;-webkit-user-select:none/);
		assert.match(css, /url\(\/assets\/demo\/images\/box\.png\)/);
		const mirrored = await readAsset(bench, (await readMap(bench, "assets-rtl.json"))["rtl_demo.bundle.css"]);
		assert.match(mirrored, /\.plain\{padding-right:1px\}/);
		assert.match(mirrored, /\.box\{margin-right:3px/);
	});

	await t.test("a failing build names file and line, and leaves the earlier assets", async () => {
		await addFiles(bench, { [`${DEMO}/scss/demo.bundle.scss`]: ".box {\n\tmargin: $nowhere;\n}" });
		const failed = await build(bench, "--production");
		assert.equal(failed.code, 1);
		assert.match(failed.stderr, /^build failed: .*demo\.bundle\.scss:2:\d+: Undefined variable\.$/m);
		assert.deepEqual(await readMap(bench), map);
		assert.ok(existsSync(path.join(bench, "sites", map["demo.bundle.css"])));
	});

	await t.test("a broken component is named with its line", async () => {
		await addFiles(bench, {
			[`${DEMO}/scss/demo.bundle.scss`]: ".box { float: left }",
			[`${DEMO}/js/Options.vue`]: "<script>\nexport default {};\n</script>\n<template><b>{{ n }</b></template>",
		});
		const failed = await build(bench);
		assert.equal(failed.code, 1);
		assert.match(failed.stderr, /Options\.vue:4:\d+: /);
	});

	await t.test("one app alone: its old bundles go, the others stay, Redis forgets", async () => {
		await addFiles(bench, { [`${DEMO}/js/Options.vue`]: FILES[`${DEMO}/js/Options.vue`] });
		const redis = await startRedis(t);
		await addFiles(bench, {
			"sites/common_site_config.json": JSON.stringify({ redis_cache: `redis://127.0.0.1:${redis.port}` }),
		});
		const again = await build(bench, "--app", "demo");
		assert.equal(again.code, 0, again.stderr);
		const renewed = await readMap(bench);
		assert.equal(renewed["early_support.bundle.js"], map["early_support.bundle.js"]);
		assert.notEqual(renewed["demo.bundle.css"], map["demo.bundle.css"]);
		const css = await readdir(path.join(bench, DEMO, "dist/css"));
		const name = path.basename(renewed["demo.bundle.css"]);
		assert.deepEqual(css.sort(), [name, `${name}.map`]);
		assert.ok(redis.commands.includes("DEL assets_json"));
	});
});

test("builder says what is missing", async (t) => {
	const bench = await makeBench(t, { "sites/apps.txt": "plain\n", "apps/plain/plain/public/a.txt": "" });
	const expected = [
		[[], /no bundles in plain/],
		[["--app", "nowhere"], /missing folder: .*apps\/nowhere\/nowhere/],
		[["--colour"], /Unknown option '--colour'/],
	];
	for (const [options, message] of expected) {
		const { code, stderr } = await build(bench, ...options);
		assert.equal(code, 1);
		assert.match(stderr, message);
	}
	const { code, stderr } = await build(path.join(bench, "elsewhere"));
	assert.equal(code, 1);
	assert.match(stderr, /missing folder: .*elsewhere\/apps/);
});

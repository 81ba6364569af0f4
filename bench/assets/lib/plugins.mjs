/* What esbuild does not know by itself: SCSS, right-to-left CSS, Vue components and Frappe's HTML templates. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import autoprefixer from "autoprefixer";
import * as esbuild from "esbuild";
import postcss from "postcss";
import rtlcss from "rtlcss";
import * as sass from "sass";
import * as vue from "vue/compiler-sfc";

// Frappe and Bootstrap 4 are written in the older dialect of Sass; its deprecations say nothing about our build.
const OLDER_DIALECT = Object.values(sass.deprecations).filter(({ status }) => status === "active");
const prefixer = autoprefixer({ overrideBrowserslist: ["defaults"] });

/** Public files are addressed by URL; the browser fetches them, the bundle does not swallow them. */
const publicUrls = {
	name: "public-urls",
	setup(build) {
		build.onResolve({ filter: /^\/assets\// }, ({ path }) => ({ path, external: true }));
	},
};

/** `import "./x.html"` registers the template under its file name, as the desk looks it up. */
const htmlTemplates = {
	name: "html-templates",
	setup(build) {
		build.onLoad({ filter: /\.html$/ }, async (args) => {
			const name = path.basename(args.path).split(".")[0];
			// A template literal and not JSON: templates written for Frappe carry escapes such as \' that count on it.
			const text = (await readFile(args.path, "utf8")).replaceAll("`", "\\`");
			return { contents: `frappe.templates[${JSON.stringify(name)}] = \`${text}\`;`, loader: "js" };
		});
	},
};

/** Plugins for the style bundles of one build. */
export function stylePlugins(styles, { rtl }) {
	return [
		publicUrls,
		{
			name: "styles",
			setup(build) {
				build.onLoad({ filter: /\.(scss|css)$/ }, (args) =>
					guarded(args.path, async () => ({ loader: "css", ...(await styles.load(args.path, rtl)) }))
				);
			},
		},
	];
}

/** Plugins for the script bundles. Styles that belong to a script travel inside it. */
export function scriptPlugins(styles, options) {
	return [
		htmlTemplates,
		{
			name: "vue",
			setup(build) {
				build.onLoad({ filter: /\.vue$/ }, (args) =>
					guarded(args.path, () => compileComponent(args.path, styles, options))
				);
				build.onLoad({ filter: /\.(scss|css)$/ }, (args) =>
					guarded(args.path, async () => {
						const { contents, warnings } = await styles.load(args.path, false);
						return { contents: setStyle(await bundleCss(contents, args.path, styles, options)), warnings };
					})
				);
			},
		},
	];
}

/** Compiles style sheets. Each file is read once and kept, for the left-to-right and the right-to-left build use the same. */
export class Styles {
	#compiled = new Map();

	/** @param loadPaths folders in which `@import "frappe/public/…"` and `@import "~package/…"` are looked up */
	constructor(loadPaths) {
		this.loadPaths = loadPaths;
	}

	async load(file, rtl) {
		if (!this.#compiled.has(file)) {
			this.#compiled.set(file, readFile(file, "utf8").then((text) => this.compile(text, file)));
		}
		const { contents, warnings } = await this.#compiled.get(file);
		if (!rtl) return { contents, warnings };
		// The warnings were given once, by the left-to-right build.
		return { contents: postcss([rtlcss()]).process(contents, { from: file, map: false }).css };
	}

	compile(text, file, isScss = file.endsWith(".scss")) {
		const warnings = [];
		const css = isScss ? this.#sass(text, file, warnings) : text;
		return { contents: postcss([prefixer]).process(css, { from: file, map: false }).css, warnings };
	}

	#sass(text, file, warnings) {
		return sass.compileString(text, {
			url: pathToFileURL(file),
			loadPaths: this.loadPaths,
			importers: [{ findFileUrl: (url) => this.#findPackage(url) }],
			silenceDeprecations: OLDER_DIALECT,
			logger: { warn: (text, { span }) => warnings.push({ text, location: sassLocation(span) }) },
		}).css;
	}

	#findPackage(url) {
		return url.startsWith("~") ? pathToFileURL(path.join(this.loadPaths[0], url.slice(1))) : null;
	}
}

async function compileComponent(file, styles, options) {
	const { descriptor, errors } = vue.parse(await readFile(file, "utf8"), { filename: file, sourceMap: false });
	if (errors.length) throw errors[0];

	const component = {
		file,
		descriptor,
		id: createHash("sha256").update(path.relative(options.bench, file)).digest("hex").slice(0, 8),
		scoped: descriptor.styles.some((style) => style.scoped),
	};
	const script = compileScript(component, options);
	const parts = [script.content, compileTemplate(component, script, options)];
	if (component.scoped) parts.push(`component.__scopeId = "data-v-${component.id}";`);
	for (const style of descriptor.styles) parts.push(await compileStyle(style, component, styles, options));
	parts.push("export default component;");

	return { contents: parts.join("\n"), loader: script.lang === "ts" ? "ts" : "js", resolveDir: path.dirname(file) };
}

function compileScript({ descriptor, id, scoped }, { production }) {
	if (!descriptor.script && !descriptor.scriptSetup) return { content: "const component = {};" };
	return vue.compileScript(descriptor, {
		id,
		isProd: production,
		inlineTemplate: true,
		genDefaultAs: "component",
		sourceMap: false,
		templateOptions: { scoped, transformAssetUrls: false },
	});
}

/** The render function, unless it is part of the script already (`<script setup>`). */
function compileTemplate({ descriptor, file, id, scoped }, script, { production }) {
	if (!descriptor.template || descriptor.scriptSetup) return "";
	const { code, errors } = vue.compileTemplate({
		source: descriptor.template.content,
		ast: descriptor.template.ast,
		filename: file,
		id,
		scoped,
		isProd: production,
		slotted: descriptor.slotted,
		transformAssetUrls: false,
		compilerOptions: { bindingMetadata: script.bindings, scopeId: scoped ? `data-v-${id}` : null },
	});
	if (errors.length) throw errors[0];
	return `${code}\ncomponent.render = render;`;
}

async function compileStyle(style, { file, id }, styles, options) {
	const { contents } = styles.compile(style.content, file, style.lang === "scss");
	const { code, errors } = vue.compileStyle({ source: contents, filename: file, id, scoped: style.scoped });
	if (errors.length) throw errors[0];
	return setStyle(await bundleCss(code, file, styles, options));
}

/** Draws `@import` into a piece of CSS. */
async function bundleCss(css, file, styles, { production, nodePaths, bench }) {
	const { outputFiles } = await esbuild.build({
		stdin: { contents: css, loader: "css", resolveDir: path.dirname(file), sourcefile: file },
		absWorkingDir: bench,
		bundle: true,
		write: false,
		minify: production,
		nodePaths,
		logLevel: "silent",
		plugins: stylePlugins(styles, { rtl: false }),
	});
	return outputFiles[0].text.trim();
}

const setStyle = (css) => `frappe.dom.set_style(${JSON.stringify(css)});`;

/** Turns the errors of the compilers into esbuild's, which carry file and line. */
async function guarded(file, load) {
	try {
		return await load();
	} catch (error) {
		if (error.errors) return { errors: error.errors };
		return { errors: [{ text: error.sassMessage ?? error.reason ?? error.message, location: locationOf(error, file) }] };
	}
}

function locationOf(error, file) {
	if (error.span) return sassLocation(error.span);
	const start = error.loc?.start ?? error;
	return { file: error.file ?? file, line: start.line ?? 1, column: Math.max(0, (start.column ?? 1) - 1) };
}

function sassLocation(span) {
	if (!span?.url) return null;
	return { file: fileURLToPath(span.url), line: span.start.line + 1, column: span.start.column };
}

// The languages of the app, each by its own name.
export const LANGUAGES = [
	["fi", "Suomi"],
	["sv", "Svenska"],
	["en", "English"],
].map(([value, label]) => ({ value, label }));

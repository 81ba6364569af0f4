// Beside the name of a document a list of ours has no column for its address, or for the code that stands in one already.
(() => {
	const list = frappe.views.ListView.prototype;
	const { setup_columns } = list;

	list.setup_columns = function () {
		if (this.meta.module === "Early Support") this.settings = { ...this.settings, hide_name_column: true };
		return setup_columns.call(this);
	};
})();

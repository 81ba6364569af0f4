// Lists of casework are counted up to 1,001 (access/doors/methods.py). The desks of v15 and 16 know, and show "1000+"; that
// of the trial bench, which has no upper bound of its own, is told here.
(() => {
	const MOST_SHOWN = 1000;
	const list = frappe.views.ListView.prototype;
	const get_count_str = list.get_count_str;

	list.get_count_str = async function () {
		const text = await get_count_str.call(this);
		const stopped = this.count_upper_bound === undefined && this.total_count === MOST_SHOWN + 1;
		return stopped ? text.replace(MOST_SHOWN + 1, `${MOST_SHOWN}+`) : text;
	};
})();

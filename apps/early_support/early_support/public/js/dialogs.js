// Bootstrap passes over an order to close a dialog that is still opening. Whoever answers faster than it fades in (Enter, Enter)
// would see the question stay, and answer it twice: so it closes as soon as it has opened.
const { hide } = frappe.ui.Dialog.prototype;

frappe.ui.Dialog.prototype.hide = function () {
	const modal = this.$wrapper.data("bs.modal");
	if (modal?._isShown && modal._isTransitioning) this.$wrapper.one("shown.bs.modal", () => hide.call(this));
	else hide.call(this);
};

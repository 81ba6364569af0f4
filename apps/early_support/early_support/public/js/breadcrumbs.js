// A document that is not stored yet has a name that only the desk knows, like "new-concern-1": the way to it says that it is new.
const { set_form_breadcrumb } = frappe.breadcrumbs;

if (set_form_breadcrumb) {
	frappe.breadcrumbs.set_form_breadcrumb = function (breadcrumbs, ...words) {
		set_form_breadcrumb.call(this, breadcrumbs, ...words);
		const name = frappe.get_route().slice(2).join("/");
		if (!frappe.get_doc(breadcrumbs.doctype, name)?.__islocal) return;
		this.$breadcrumbs?.find("li").last().find("a").text(__("New"));
	};
}

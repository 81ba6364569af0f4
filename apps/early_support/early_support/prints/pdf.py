"""Makes the PDF of a page with WeasyPrint, which every Frappe brings along.

wkhtmltopdf, with which Frappe makes its own PDFs, is not used: that of Debian has no page numbers, repeats no header rows,
and no build of it makes a PDF that a screen reader can read (PDF/UA).
"""

from html import escape

import frappe
from frappe import _

from early_support.exceptions import PrintRefused

PAGE = """
@page {
	size: A4; margin: 24mm 18mm 20mm;
	@top-left { content: element(es-header); vertical-align: bottom; padding-bottom: 4mm; width: 100% }
	@bottom-left { content: element(es-footer); vertical-align: top; padding-top: 4mm; width: 100% }
}
html { font-size: 11pt }
body { margin: 0 }
#header-html { position: running(es-header) }
#footer-html { position: running(es-footer) }
.page::after { content: counter(page) }
.topage::after { content: counter(pages) }
"""


def make_pdf(body: str, title: str, language: str) -> bytes:
	"""Return the PDF of a page, tagged so that screen readers can read it.

	Args:
		body: the HTML of the page. Nothing that it names is fetched.
		title: the title of the PDF.
		language: its language.

	Raises:
		PrintRefused: the server lacks the libraries that WeasyPrint needs (docs/bench.md).
	"""
	try:
		from weasyprint import CSS, HTML
	except OSError:
		frappe.log_error(title="WeasyPrint cannot be loaded")
		frappe.throw(
			_("The server cannot make PDFs: the library Pango is missing. Please tell your administrator."),
			PrintRefused,
		)
	html = (
		f'<!DOCTYPE html><html lang="{escape(language)}"><head><meta charset="utf-8">'
		f"<title>{escape(title)}</title></head><body>{body}</body></html>"
	)
	document = HTML(string=html, url_fetcher=_fetch_nothing)
	return document.write_pdf(
		stylesheets=[CSS(string=PAGE, url_fetcher=_fetch_nothing)], pdf_variant="pdf/ua-1"
	)


def _fetch_nothing(url: str, *_args, **_options):
	raise ValueError("a print for guardians needs nothing from elsewhere")

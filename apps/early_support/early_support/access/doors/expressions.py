"""What may stand in a form as a condition or in a template, when somebody else than Administrator writes it.

Both run with the rights of whoever looks: conditions of fields as JavaScript in the browser, templates with Jinja on the
server. So both are read here, and only what compares, shows and repeats passes. Pure: imports no Frappe.
"""

import re

import jinja2
from jinja2 import nodes

EVAL = "eval:"
FIELD_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE | re.ASCII)
# A text in quotation marks holds no way out of them: no backslash, no end of line.
TOKEN = re.compile(
	r"""\s*(?:
	(?P<text>"[^"\\\r\n\u2028\u2029]*"|'[^'\\\r\n\u2028\u2029]*')
	|(?P<number>-?[0-9]+(?:\.[0-9]+)?\b)
	|(?P<field>(?:doc|parent)\.[A-Za-z_][A-Za-z0-9_]*)
	|(?P<word>[A-Za-z_][A-Za-z0-9_]*)
	|(?P<sign>===|!==|==|!=|<=|>=|&&|\|\||[<>!()\[\],.])
	)""",
	re.VERBOSE,
)
FIXED = ("true", "false", "null", "undefined")
COMPARED = ("===", "!==", "==", "!=", "<=", ">=", "<", ">")

# The only functions that a template may call: the translation, and the value of a field as people read it.
TRANSLATED = "_"
FORMATTED = "get_formatted"
FROM_ELSEWHERE = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)


class NotSimple(ValueError):
	"""The expression does more than compare fields with fixed values."""


def is_condition(text: str | None) -> bool:
	"""Tell whether a condition is empty, the name of a field, or `eval:` with comparisons of fields and fixed values.

	Fields are `doc.x` and `parent.x`; comparisons are joined by `&&`, `||`, `!` and brackets. A list of fixed values is
	asked by `in_list([…], doc.x)` or `[…].includes(doc.x)`.
	"""
	if not text or FIELD_NAME.fullmatch(text):
		return True
	if not text.startswith(EVAL):
		return False
	try:
		_Reader(text.removeprefix(EVAL)).read()
	except (NotSimple, RecursionError):
		return False
	return True


class _Reader:
	"""Reads an expression once from left to right, by the grammar of the docstring above."""

	def __init__(self, text: str) -> None:
		self.tokens = _tokens(text)

	def read(self) -> None:
		self._any()
		if self.tokens:
			raise NotSimple

	def _any(self) -> None:
		self._one()
		while self._takes("&&", "||"):
			self._one()

	def _one(self) -> None:
		while self._takes("!"):
			pass
		self._value()
		if self._takes(*COMPARED):
			self._value()

	def _value(self) -> None:
		kind, token = self._next()
		if token == "(":
			self._any()
			self._expect(")")
		elif token == "[":
			self._rest_of_list()
			for expected in (".", "includes", "("):
				self._expect(expected)
			self._field()
			self._expect(")")
		elif token == "in_list":
			for expected in ("(", "["):
				self._expect(expected)
			self._rest_of_list()
			self._expect(",")
			self._field()
			self._expect(")")
		elif kind != "field" and not _is_fixed(kind, token):
			raise NotSimple

	def _rest_of_list(self) -> None:
		while not self._takes("]"):
			if not _is_fixed(*self._next()):
				raise NotSimple
			if not self._takes(","):
				self._expect("]")
				return

	def _field(self) -> None:
		if self._next()[0] != "field":
			raise NotSimple

	def _takes(self, *signs: str) -> bool:
		if self.tokens and self.tokens[0][0] == "sign" and self.tokens[0][1] in signs:
			self.tokens.pop(0)
			return True
		return False

	def _expect(self, token: str) -> None:
		if self._next()[1] != token:
			raise NotSimple

	def _next(self) -> tuple[str, str]:
		if not self.tokens:
			raise NotSimple
		return self.tokens.pop(0)


def _tokens(text: str) -> list[tuple[str, str]]:
	found, place, text = [], 0, text.strip()
	while place < len(text):
		match = TOKEN.match(text, place)
		if not match:
			raise NotSimple
		found.append((match.lastgroup, match[match.lastgroup]))
		place = match.end()
	return found


def _is_fixed(kind: str, token: str) -> bool:
	return kind in ("text", "number") or (kind == "word" and token in FIXED)


def is_plain_template(text: str) -> bool:
	"""Tell whether a template calls nothing but TRANSLATED and FORMATTED, and takes in no other template.

	Raises:
		jinja2.TemplateSyntaxError: it is no template.
	"""
	tree = jinja2.Environment().parse(text)
	return (
		next(tree.find_all(FROM_ELSEWHERE), None) is None
		and all(_is_harmless_call(call, tree) for call in tree.find_all(nodes.Call))
		and not any(_is_hidden(node) for node in tree.find_all((nodes.Getattr, nodes.Getitem, nodes.Filter)))
	)


def _is_harmless_call(call: nodes.Call, tree: nodes.Template) -> bool:
	if call.dyn_args or call.dyn_kwargs:
		return False
	if isinstance(call.node, nodes.Name):
		# Not something else under the name of the translation.
		own = any(name.ctx != "load" for name in tree.find_all(nodes.Name) if name.name == TRANSLATED)
		return call.node.name == TRANSLATED and not own
	given = (*call.args, *(argument.value for argument in call.kwargs))
	return (
		isinstance(call.node, nodes.Getattr)
		and call.node.attr == FORMATTED
		and isinstance(call.node.node, nodes.Name)
		and all(isinstance(argument, nodes.Const | nodes.Name) for argument in given)
		# Nothing that only goes by that name: a mapping may give it to any function.
		and next(tree.find_all(nodes.Dict), None) is None
	)


def _is_hidden(node: nodes.Expr) -> bool:
	"""Tell whether an attribute is one that Python keeps for itself, or one whose name nobody can read here."""
	if isinstance(node, nodes.Filter):
		return node.name == "attr"
	name = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", "")
	return isinstance(name, str) and name.startswith("__")

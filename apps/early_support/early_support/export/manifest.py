"""What travels with a file: the manifest that says what it is, and the dictionary that says what its columns mean.

Pure: imports no Frappe. docs/export.md explains every key for the engineer of a receiving system.
"""

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from early_support.export import files
from early_support.export.codes import CodeMap
from early_support.export.columns import Column, schema_hash
from early_support.export.filters import Filter
from early_support.export.period import ZONE, Period
from early_support.export.writers import CSV, Dialect

FORMAT = 1

AGGREGATE, ROWS = "Aggregate", "Rows"

# What codes of ours mean: code → language (fi, sv) → text.
Codes = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Made:
	"""What a run has made."""

	run: str
	profile: str
	version: int
	level: str
	controller: str
	period: Period
	columns: Sequence[Column]
	maps: Sequence[CodeMap]
	rows: int
	made_at: datetime.datetime
	threshold: int
	legal_basis: str = ""
	hidden: int = 0
	coarsened: int = 0
	left_out: int = 0
	key_version: str | None = None
	replaces: str | None = None
	filters: Sequence[Filter] = ()
	file_format: str = CSV
	dialect: Dialect = field(default_factory=Dialect)


def manifest(made: Made, written: Iterable[Path]) -> dict:
	"""Return the manifest of the files of a run."""
	return {
		"manifest_format": FORMAT,
		"run": made.run,
		"replaces_run": made.replaces,
		"profile": made.profile,
		"profile_version": made.version,
		"level": made.level,
		"controller": made.controller,
		"legal_basis": made.legal_basis,
		"period": made.period.name,
		"period_kind": made.period.kind,
		"first_day": made.period.first.isoformat(),
		"last_day": made.period.last.isoformat(),
		"time_zone": ZONE,
		"made_at": made.made_at.isoformat(timespec="seconds"),
		"filters": [{"source": each.source, "keep": list(each.keep)} for each in made.filters],
		"format": _format(made),
		"rows": made.rows,
		"threshold": made.threshold,
		"hidden_rows": made.hidden,
		"coarsened_rows": _unless_small(made.coarsened, made.threshold),
		"left_out_rows": _unless_small(made.left_out, made.threshold),
		"pseudonym_key_version": made.key_version,
		"schema_sha256": schema_hash(made.columns),
		"code_maps": [_code_map(each) for each in made.maps],
		"files": [
			{"name": path.name, "bytes": path.stat().st_size, "sha256": files.sha256_of(path)}
			for path in written
		],
	}


def dictionary(
	profile: str,
	version: int,
	columns: Sequence[Column],
	maps: Iterable[CodeMap],
	codes: Mapping[str, Codes] | None = None,
) -> dict:
	"""Return what the columns of a profile mean, and every code that may stand in them.

	`codes`: what the codes mean of columns without a code map (export/explained.py), by the key of the column.
	"""
	return {
		"profile": profile,
		"profile_version": version,
		"schema_sha256": schema_hash(columns),
		"columns": [
			{
				"key": column.key,
				"label_fi": column.label_fi,
				"label_sv": column.label_sv,
				"kind": column.kind,
				"required": column.required,
				"transform": column.transform,
				"code_map": column.code_map,
				"unknown": column.unknown,
				"codes": (codes or {}).get(column.key),
			}
			for column in columns
		],
		"code_maps": [
			{
				**_code_map(each),
				"rows": [
					{
						"local": row.local,
						"external": row.external,
						"label": row.label,
						"first": row.first.isoformat() if row.first else None,
						"last": row.last.isoformat() if row.last else None,
					}
					for row in each.rows
				],
			}
			for each in maps
		],
	}


def write_json(path: Path, content: Mapping) -> None:
	"""Write a whole JSON file, that people can read too."""
	with files.whole(path) as part:
		part.write_text(json.dumps(content, ensure_ascii=False, indent="\t") + "\n", encoding="utf-8")


def _format(made: Made) -> dict:
	"""Say how the data is to be read: the dialect of CSV is written nowhere in the file itself."""
	dialect = made.dialect if made.file_format == CSV else None
	return {
		"name": made.file_format,
		"encoding": dialect and dialect.encoding,
		"delimiter": dialect and dialect.delimiter,
		"decimal_sign": dialect and dialect.decimal,
		"byte_order_mark": dialect and dialect.begins_with_mark,
	}


def _code_map(each: CodeMap) -> dict:
	return {"name": each.name, "oid": each.oid, "version": each.version, "sha256": each.sha256}


def _unless_small(rows: int, threshold: int) -> int | None:
	"""A number of rows, None if it is so small that it would itself tell of single people."""
	return None if 0 < rows < threshold else rows

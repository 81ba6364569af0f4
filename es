#!/usr/bin/env python3
"""Early Support on a trial bench. `./es --help` explains every command."""

import os
import sys

if sys.version_info < (3, 11):
	sys.exit(
		"✗ this Python is too old\n"
		f"  why: it is {sys.version.split()[0]}; ./es needs 3.11 or newer\n"
		"  do:  run it with a newer one, e.g. python3.11 es up"
	)

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True

from bench import cli  # noqa: E402

if __name__ == "__main__":
	sys.exit(cli.main(sys.argv[1:]))

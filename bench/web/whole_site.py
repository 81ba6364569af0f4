"""A site of an ordinary bench with its assets, for gunicorn: nginx gives them out in production, and browsers need them.

Runs in that bench's Python, in its `sites` folder.
"""

from pathlib import Path

from frappe.app import application as desk
from werkzeug.middleware.shared_data import SharedDataMiddleware

application = SharedDataMiddleware(desk, {"/assets": str(Path("assets").absolute())})

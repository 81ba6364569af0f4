"""A stand-in for another machine: what is said to it goes on to a server of this one, and it counts who comes. Pure."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

HERE = "127.0.0.1"


class Proxy(ThreadingTCPServer):
	"""Listens on a port of its own, and speaks for `behind`."""

	daemon_threads, allow_reuse_address = True, True

	def __init__(self, behind: tuple[str, int]) -> None:
		self.behind, self.visitors = behind, 0
		super().__init__((HERE, 0), _Visit)

	@property
	def port(self) -> int:
		return self.server_address[1]


class _Visit(BaseRequestHandler):
	def handle(self) -> None:
		self.server.visitors += 1
		with socket.create_connection(self.server.behind) as behind:
			threading.Thread(target=_pass_on, args=(behind, self.request), daemon=True).start()
			_pass_on(self.request, behind)


def _pass_on(heard: socket.socket, told: socket.socket) -> None:
	with suppress(OSError):
		while said := heard.recv(65536):
			told.sendall(said)
	with suppress(OSError):
		told.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy_of(host: str, port: int) -> Iterator[Proxy]:
	"""Run a proxy of a server."""
	with Proxy((host, port)) as server:
		threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
		try:
			yield server
		finally:
			server.shutdown()

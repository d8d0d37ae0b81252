"""Google's emulator with what the real service answers and the emulator leaves out of its XML interface.

The client of the object stores speaks that interface, and insists on `ETag` and `Last-Modified`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow.fs as pa_fs
from tests.table.servers import BUCKET, HOST, Store, free_port, running

_PROGRAM = """
import http.server
from gcp_storage_emulator import __main__, server

server.server.HTTPServer = http.server.ThreadingHTTPServer
end = http.server.BaseHTTPRequestHandler.end_headers

def end_headers(self):
    sent = b"".join(getattr(self, "_headers_buffer", [])).lower()
    if b"etag:" not in sent:
        self.send_header("ETag", '"0"')
    if b"last-modified:" not in sent:
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
    end(self)

http.server.BaseHTTPRequestHandler.end_headers = end_headers
__main__.main()
"""


@contextmanager
def gcs() -> Iterator[Store]:
    """Yield a bucket of gcp-storage-emulator."""
    port = free_port()
    options = ["start", f"--host={HOST}", f"--port={port}", "--in-memory", f"--default-bucket={BUCKET}"]
    with running([sys.executable, "-c", _PROGRAM, *options], port):
        system = pa_fs.GcsFileSystem(anonymous=True, scheme="http", endpoint_override=f"{HOST}:{port}")
        yield Store(system, f"gs://{BUCKET}", {"STORAGE_EMULATOR_HOST": f"http://{HOST}:{port}"}, port)

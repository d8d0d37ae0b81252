"""Asks the server beside it whether it is ready: exit code 0 if it is.

Usage: python3 -IS health.py [PATH], by Docker, and by Kubernetes where a probe needs a client's certificate.
"""

import os
import ssl
import sys
import tomllib
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

FOLDER = Path(__file__).parent
YES = {"1", "on", "t", "true", "y", "yes"}


def connection() -> HTTPConnection:
    """Return a connection to the port, over TLS where the settings in the image say so."""
    serve = tomllib.loads((FOLDER / "interlock.toml").read_text(encoding="utf-8"))["serve"]
    port = int(os.environ.get("INTERLOCK_SERVE_PORT") or serve["port"])
    if "tls_certificate" not in serve or os.environ.get("INTERLOCK_SERVE_PLAIN", "").lower() in YES:
        return HTTPConnection("127.0.0.1", port, timeout=2)
    # The certificate is for the name by which clients know the service; nobody is between: not checked.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    client = FOLDER / "client"
    if client.is_dir():
        context.load_cert_chain(client / "tls.crt", client / "tls.key")
    return HTTPSConnection("127.0.0.1", port, timeout=2, context=context)


def main() -> None:
    """Ask, and exit with the answer."""
    asked = connection()
    asked.request("GET", sys.argv[1] if len(sys.argv) > 1 else "/health/ready")
    sys.exit(asked.getresponse().status != 200)


if __name__ == "__main__":
    main()

"""Arrow's file systems, by an address: credentials and endpoints come from the usual environment variables.

| system | credentials | endpoint |
|---|---|---|
| `s3://` | the AWS chain: `AWS_ACCESS_KEY_ID` ..., `~/.aws`, the machine's role | `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL` |
| `gs://` | Google's default credentials: `GOOGLE_APPLICATION_CREDENTIALS`, the machine's account | `STORAGE_EMULATOR_HOST` |
| `az://`, `abfs://` | `AZURE_STORAGE_CONNECTION_STRING`, or `AZURE_STORAGE_ACCOUNT` with `..._KEY` or `..._SAS_TOKEN`, else Azure's default credentials | `BlobEndpoint` of the connection string |

Parameters of the address itself, such as `?endpoint_override=...&scheme=http`, come before the environment.
"""  # noqa: E501  a table

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

import pyarrow.fs as pa_fs

from interlock.address import masked, scheme
from interlock.errors import InputError

__all__ = ["LOCAL", "locate"]

#: The file system of this machine.
LOCAL = pa_fs.LocalFileSystem()

_S3 = ("region", "scheme", "endpoint_override", "anonymous")
_GCS = ("scheme", "endpoint_override", "anonymous")
_AZURE = ("blob_storage_authority", "dfs_storage_authority", "enable_tls")
#: For how long Google's client tries again by itself; the reader tries again besides.
GOOGLE_SECONDS = 4


def locate(address: str) -> tuple[Any, str]:
    """Return the file system of an address, and the path in it.

    Args:
        address: A path, or the address of an object; it may hold a glob.

    Returns:
        A `pyarrow.fs.FileSystem`, and the path, for objects with the bucket in front.

    Raises:
        InputError: If there is no such scheme, or the file system cannot be set up.

    Example:
        >>> locate("data/*.csv")[1]
        'data/*.csv'
    """
    kind = scheme(address)
    if kind in ("", "file"):
        return LOCAL, address.removeprefix("file://")
    if kind not in _SYSTEMS:
        raise InputError(
            f"tables cannot be read from {kind}://",
            where=masked(address),
            next_step="use a path, s3://, gs://, az://, abfs://, postgresql://, sqlite:// or duckdb://",
        )
    options, make = _SYSTEMS[kind]
    place, settings = _parameters(address.partition("://")[2], options)
    try:
        return make(place, settings)
    except (OSError, ValueError, NotImplementedError) as error:
        raise InputError(
            "the file system cannot be set up",
            where=masked(address),
            got=error,
            next_step="check the parameters of the address and the environment; docs/table.md lists them",
        ) from error


def _parameters(rest: str, known: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """Part the parameters off; a question mark that no known parameter follows belongs to a glob."""
    path, mark, text = rest.rpartition("?")
    pairs = [pair.partition("=") for pair in text.split("&")]
    if not mark or not all(name in known and equals for name, equals, _ in pairs):
        return rest, {}
    return path, {name: value for name, _, value in pairs}


def _s3(place: str, given: Mapping[str, str]) -> tuple[Any, str]:
    user, path = _user(place)
    access, _, secret = user.partition(":")
    endpoint = given.get("endpoint_override") or _environment("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    region = given.get("region") or _environment("AWS_REGION", "AWS_DEFAULT_REGION")
    if not region and not endpoint:
        region = _region(path.partition("/")[0])
    options = {
        "access_key": access or None,
        "secret_key": secret or None,
        "anonymous": _is_true(given.get("anonymous")),
        "endpoint_override": endpoint or None,
        "scheme": given.get("scheme"),
        "region": region or None,
        "connect_timeout": 10,
    }
    return _made("s3", options), path


@lru_cache
def _region(bucket: str) -> str:
    try:
        return str(pa_fs.resolve_s3_region(bucket))
    except (OSError, ValueError):  # what is wrong is told when the bucket is read
        return ""


def _gcs(place: str, given: Mapping[str, str]) -> tuple[Any, str]:
    user, path = _user(place)
    endpoint, kind = given.get("endpoint_override", ""), given.get("scheme")
    emulator = _environment("STORAGE_EMULATOR_HOST")
    if emulator and not endpoint:
        kind, _, endpoint = emulator.rpartition("://")
        kind, endpoint = kind or "http", endpoint.rstrip("/")
    options = {
        "anonymous": user == "anonymous" or _is_true(given.get("anonymous")) or bool(emulator),
        "endpoint_override": endpoint or None,
        "scheme": kind,
        "retry_time_limit": timedelta(seconds=GOOGLE_SECONDS),
    }
    return _made("gcs", options), path


def _azure(place: str, given: Mapping[str, str]) -> tuple[Any, str]:
    """Take both forms: `az://container/path` and `abfs://container@account.dfs.core.windows.net/path`."""
    connection = _connection_string()
    host = re.match(r"([^/@]+)@([^./]+)[^/]*(/.*)?$", place)
    path = host[1] + (host[3] or "") if host else place
    account = host[2] if host else connection.get("AccountName") or _environment(*_ACCOUNT)
    if not account:
        raise ValueError("no storage account is named")
    kind, _, endpoint = connection.get("BlobEndpoint", "").rstrip("/").rpartition("://")
    endpoint = endpoint.removesuffix(f"/{account}")
    blob = given.get("blob_storage_authority") or endpoint
    dfs = given.get("dfs_storage_authority") or blob
    plain = given.get("enable_tls", "true").lower() == "false" or kind == "http"
    key = connection.get("AccountKey") or _environment("AZURE_STORAGE_KEY", "AZURE_STORAGE_ACCOUNT_KEY")
    token = connection.get("SharedAccessSignature") or _environment("AZURE_STORAGE_SAS_TOKEN")
    options: dict[str, Any] = {"account_name": account}
    if key or token:
        options |= {"account_key": key} if key else {"sas_token": token}
    if blob:
        options |= {"blob_storage_authority": blob, "dfs_storage_authority": dfs}
    if plain:
        options |= {"blob_storage_scheme": "http", "dfs_storage_scheme": "http"}
    return _made("azure", options), path


_ACCOUNT = ("AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_ACCOUNT_NAME")
_SYSTEMS = {
    "s3": (_S3, _s3),
    "gs": (_GCS, _gcs),
    "gcs": (_GCS, _gcs),
    "az": (_AZURE, _azure),
    "abfs": (_AZURE, _azure),
    "abfss": (_AZURE, _azure),
}


def _connection_string() -> dict[str, str]:
    parts = _environment("AZURE_STORAGE_CONNECTION_STRING").split(";")
    return {name: value for name, equals, value in (part.partition("=") for part in parts) if equals}


def _made(kind: str, options: Mapping[str, Any]) -> Any:
    given = {name: value for name, value in options.items() if value is not None}
    return _system(kind, tuple(given.items()))


@lru_cache
def _system(kind: str, options: tuple[tuple[str, Any], ...]) -> Any:
    """Make a file system once for all files that are opened in the same way; it holds connections."""
    names = {"s3": "S3FileSystem", "gcs": "GcsFileSystem", "azure": "AzureFileSystem"}
    return getattr(pa_fs, names[kind])(**dict(options))


def _user(place: str) -> tuple[str, str]:
    user, at, path = place.partition("@")
    return (user, path) if at and "/" not in user else ("", place)


def _environment(*names: str) -> str:
    return next((os.environ[name] for name in names if os.environ.get(name)), "")


def _is_true(text: str | None) -> bool:
    return (text or "").lower() in ("1", "true", "yes")

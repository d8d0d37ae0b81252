"""Releases in a bucket at Amazon, Google or Microsoft: one prefix a digest, the manifest written last."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from interlock.address import masked, scheme
from interlock.errors import RegistryError, TamperedError
from interlock.release.manifest import MANIFEST, SIGNATURES, Manifest, decode, encode, sha256
from interlock.release.registry.store import Held, Progress, evidence_of, held, lay, quiet, unknown
from interlock.release.verify import ROLES, Contents, Role, read

__all__ = ["Objects"]

#: Bytes that are asked for at a time: each of them has the whole timeout to arrive.
PIECE = 4 << 20
#: Seconds for one piece, and for connecting.
TIMEOUT, CONNECT = 30, 5
#: How often one piece is tried again, with growing pauses, and for how long, in seconds.
RETRIES, RETRY_SECONDS = 5, 90
_LARGEST_SMALL = 1 << 20

T = TypeVar("T")


class Objects:
    """A store that is a bucket.

    Args:
        address: `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix` or
            `abfs://container@account.dfs.core.windows.net/prefix`.
    """

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self._client: Any = None

    @property
    def name(self) -> str:
        """The address, as it may be printed."""
        return masked(self.address)

    def push(self, folder: str | Path, *, progress: Progress = quiet) -> Held:
        """Keep a release; see `Store`. The manifest comes last: without it there is no release."""
        contents = read(folder)
        manifest = contents.manifest
        place = _hex(manifest.digest)
        there = self._get(f"{place}/{MANIFEST}") is not None
        done, total = 0, sum(each.size for each in manifest.files.values())
        for name, data in () if there else contents.files.items():
            progress(f"sending {manifest.folder}: {name}, {_share(done, total)}")
            self._put(f"{place}/{name}", data)
            done += len(data)
        for role, signature in contents.signatures.items():
            self._put(f"{place}/{SIGNATURES}/{role}.json", signature)
        if not there:
            self._put(f"{place}/{MANIFEST}", encode(manifest))
        return held(contents, f"{self.name}/{place}")

    def look(self, digest: str) -> Held:
        """Return what is known of a release; see `Store`."""
        manifest, where = self._manifest(digest), f"{self.name}/{_hex(digest)}"
        evidence = evidence_of(self._file(manifest, "evidence.json", quiet), where)
        return Held(where, digest, manifest, evidence, self._signatures(digest))

    def verify(self, digest: str, *, progress: Progress = quiet) -> Held:
        """Check each byte of a release; see `Store`."""
        return held(self._contents(digest, progress), f"{self.name}/{_hex(digest)}")

    def fetch(self, digest: str, into: str | Path, *, progress: Progress = quiet) -> Path:
        """Bring a release into a folder; see `Store`. What is there already is not fetched again."""
        manifest, root = self._manifest(digest), Path(into).absolute()
        place = root / manifest.folder
        if place.exists():
            there = read(place)
            signatures = {**there.signatures, **self._signatures(digest)}
            return lay(Contents(manifest, there.files, signatures), root)
        root.mkdir(parents=True, exist_ok=True)
        return lay(self._contents(digest, progress), root)

    def _contents(self, digest: str, progress: Progress) -> Contents:
        manifest = self._manifest(digest)
        done, total = 0, sum(each.size for each in manifest.files.values())
        files = {}
        for name, entry in sorted(manifest.files.items()):

            def told(part: int, name: str = name, before: int = done) -> None:
                progress(f"fetching {manifest.folder}: {name}, {_share(before + part, total)}")

            files[name] = self._file(manifest, name, told)
            done += entry.size
        return Contents(manifest, files, self._signatures(digest))

    def _manifest(self, digest: str) -> Manifest:
        place = _hex(digest)
        data = self._get(f"{place}/{MANIFEST}")
        if data is None:
            raise self._absent(digest)
        manifest = decode(data)
        if manifest.digest != digest:
            raise self._tampered(f"{place}/{MANIFEST}", manifest.digest)
        return manifest

    def _absent(self, digest: str) -> RegistryError:
        """Return the error for a release without a manifest, which tells half of one from none."""
        if self._get(f"{_hex(digest)}/card.html") is None:
            return unknown(digest, self.name)
        return RegistryError(
            "only half of this release is in the store",
            where=f"{self.name}/{_hex(digest)}",
            got=f"files, and no {MANIFEST}, which is sent last",
            next_step="register it again where it was made: `interlock registry register RELEASE`",
        )

    def _signatures(self, digest: str) -> dict[Role, bytes]:
        found = {role: self._get(f"{_hex(digest)}/{SIGNATURES}/{role}.json") for role in ROLES}
        return {role: data for role, data in found.items() if data is not None}

    def _file(self, manifest: Manifest, name: str, told: Callable[[Any], None]) -> bytes:
        """Return a file of a release, in pieces and never more than the manifest states, once it is right."""
        entry, path = manifest.files[name], f"{_hex(manifest.digest)}/{name}"
        pieces = bytearray()
        while len(pieces) < entry.size:
            told(len(pieces))
            end = min(len(pieces) + PIECE, entry.size)
            piece = self._asked(partial(_range, path, len(pieces), end))
            if piece is None or len(piece) < end - len(pieces):
                raise self._tampered(path, "it is not there, or shorter than the manifest says")
            pieces += piece
        data = bytes(pieces)
        if len(data) != entry.size or sha256(data) != entry.sha256:
            raise self._tampered(path, "other bytes than the manifest says")
        return data

    def _get(self, path: str) -> bytes | None:
        """Return a small object; None where there is none."""

        def ask(store: Any) -> bytes:
            found = store.get(path)
            if found.meta["size"] > _LARGEST_SMALL:
                raise self._tampered(path, f"{found.meta['size']} bytes")
            return bytes(found.bytes())

        return self._asked(ask)

    def _put(self, path: str, data: bytes) -> None:
        if self._asked(lambda store: store.put(path, data)) is None:
            raise self._nowhere()

    def _asked(self, ask: Callable[[Any], T]) -> T | None:
        """Ask the bucket something; None where the object is not there, and every other trouble in words."""
        started = time.monotonic()
        try:
            return ask(self._store())
        except FileNotFoundError as error:
            if re.search(r"NoSuchBucket|ContainerNotFound|bucket does not exist", str(error)):
                raise self._nowhere() from error
            return None
        except Exception as error:
            import obstore.exceptions

            if not isinstance(error, obstore.exceptions.BaseError):
                raise
            if re.search(r"Wanted range|InvalidRange|\b416\b", str(error)):
                return None
            raise self._told(error, time.monotonic() - started) from error

    def _store(self) -> Any:
        if self._client is None:
            self._client = _client(self.address)
        return self._client

    def _told(self, error: Exception, seconds: float) -> RegistryError:
        said = str(error)
        first = re.sub(r"https?://\S+", lambda url: masked(url[0]), said.partition("\n")[0])
        if re.search(
            r"40[13] |InvalidAccessKey|SignatureDoesNotMatch|AccessDenied|AuthenticationFailed", said
        ):
            return RegistryError(
                "the credentials do not open the store of releases",
                where=self.name,
                got=first,
                next_step="set the environment variables that docs/registry.md names",
            )
        return RegistryError(
            "the store of releases does not answer",
            where=self.name,
            got=f"{first}, after {seconds:.0f} s",
            next_step="check the address and the network; nothing was changed",
        )

    def _nowhere(self) -> RegistryError:
        return RegistryError(
            "there is no such bucket",
            where=self.name,
            next_step="make it, or mend `[registry] releases`",
        )

    def _tampered(self, path: str, got: str) -> TamperedError:
        return TamperedError(
            "a file of the release is changed in the store",
            where=f"{self.name}/{path}",
            got=got,
            next_step="do not use it: register the release again where it was made",
        )


def _hex(digest: str) -> str:
    digits = digest.removeprefix("sha256:")
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise unknown(digest, "the store of releases", "a digest has 64 hexadecimal digits")
    return digits


def _range(path: str, start: int, end: int, store: Any) -> bytes:
    return bytes(store.get_range(path, start=start, end=end))


def _share(done: int, total: int) -> str:
    return f"{done / 1e6:.1f} of {total / 1e6:.1f} MB"


def _client(address: str) -> Any:
    """Return what asks a bucket: endpoints and credentials come from the environment, as for tables."""
    try:
        import obstore.store as stores
    except ModuleNotFoundError as error:
        raise RegistryError(
            "releases in a bucket need an extra that is not installed",
            got=error.name,
            next_step="pip install 'interlock[objects]'",
        ) from error
    kind, rest = scheme(address), address.partition("://")[2]
    bucket, _, prefix = rest.partition("/")
    config = {"s3": _s3, "gs": _gcs, "gcs": _gcs}.get(kind, _azure)(os.environ)
    if "@" in bucket:  # abfs://container@account.dfs.core.windows.net
        bucket, _, host = bucket.partition("@")
        config.setdefault("account_name", host.partition(".")[0])
    make = {"s3": stores.S3Store, "gs": stores.GCSStore, "gcs": stores.GCSStore}.get(kind, stores.AzureStore)
    return make(
        bucket,
        prefix=prefix or None,
        config=config,
        client_options={
            "allow_http": True,  # an endpoint without TLS has to be written out as http://
            "timeout": timedelta(seconds=TIMEOUT),
            "connect_timeout": timedelta(seconds=CONNECT),
        },
        retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRY_SECONDS)},
    )


def _s3(environment: Mapping[str, str]) -> dict[str, Any]:
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    return {key: value for key, value in (("endpoint", endpoint), ("region", region)) if value}


def _gcs(environment: Mapping[str, str]) -> dict[str, Any]:
    emulator = environment.get("STORAGE_EMULATOR_HOST")
    if not emulator:
        return {}
    base = emulator if "://" in emulator else f"http://{emulator}"
    nobody = {"client_email": "", "private_key": "", "private_key_id": "", "disable_oauth": True}
    return {"service_account_key": json.dumps({**nobody, "gcs_base_url": base.rstrip("/")})}


def _azure(environment: Mapping[str, str]) -> dict[str, Any]:
    text = environment.get("AZURE_STORAGE_CONNECTION_STRING", "")
    parts = {name: value for name, _, value in (part.partition("=") for part in text.split(";")) if value}
    account = environment.get("AZURE_STORAGE_ACCOUNT") or environment.get("AZURE_STORAGE_ACCOUNT_NAME")
    key = environment.get("AZURE_STORAGE_KEY") or environment.get("AZURE_STORAGE_ACCOUNT_KEY")
    token = parts.get("SharedAccessSignature") or environment.get("AZURE_STORAGE_SAS_TOKEN")
    found = {
        "account_name": parts.get("AccountName") or account,
        "account_key": parts.get("AccountKey") or key,
        "sas_key": token,
        "endpoint": parts.get("BlobEndpoint"),
    }
    return {name: value for name, value in found.items() if value}

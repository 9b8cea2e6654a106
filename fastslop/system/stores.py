"""Objects in stores, such as S3: their addresses, and the few requests that are made for them.

A store is reached by obstore, an extra that is loaded with the first address. Requests that fail by chance (5xx, a lost
connection) are made again; all others are told at once, in words of our own: what a store or its client says may hold
the user's keys.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from fastslop.base.errors import BadInputError, FastslopError, NotThereError, UsageError
from fastslop.system.aws_profile import aws_profile

Result = TypeVar("Result")
Settings = frozenset[tuple[str, str]]

KINDS = {"s3": "S3Store", "gs": "GCSStore", "az": "AzureStore"}
"""The stores that are known, by how their addresses begin: the names of obstore's classes."""
SETTINGS = ("AWS_", "GOOGLE_", "AZURE_")
"""How the environment's variables begin that say how a store is reached."""
CONNECT_S, REQUEST_S, ALL_S = 5, 60, 90
"""Seconds that a store has to take a connection, to answer a request, and to answer it after all retries."""
RETRIES, FIRST_WAIT_S = 6, 0.1
"""Times that a request is made again, and seconds before the first of them; they double, so it is 6 in all."""
PUT_AT_ONCE = 32 << 20
"""Most bytes that are put by one request, which can be had to fail if the object is there; larger ones go in parts."""

_CODE = re.compile(r"<Code>([A-Za-z]{1,60})</Code>")
_MISSING = re.compile(r"Missing\w*(Key|Token|Credential|Account)")
_STATUS = re.compile(r"status code: (\d{3})")
_DENIED, _NO_BUCKET = ("401", "403"), ("NoSuchBucket", "ContainerNotFound")
_WHY = {
    "onnection refused": "connection refused",
    "dns error": "there is no host of that name",
    "failed to lookup": "there is no host of that name",
    "timed out": "it took too long",
    "TimedOut": "it took too long",
    "ertificate": "its certificate is not accepted",
}
"""What is told of a failure of the network whose text has these words."""
_METADATA_SERVERS = ("169.254.169.254", "metadata.google.internal", "169.254.170.2")
"""Where a client looks for credentials when it was given none."""


class Address(NamedTuple):
    """The address ``KIND://BUCKET/KEY`` of an object, or of a folder of objects: all whose keys begin so."""

    kind: str
    bucket: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind}://{self.bucket}/{self.key}"

    def below(self, name: str) -> Address:
        """The address of a name in this folder."""
        return self._replace(key=f"{self.key}/{name}" if self.key else name)


class Found(NamedTuple):
    """An object: its address, size in bytes, and what changes with its content, if the store tells that."""

    address: Address
    size: int
    etag: str | None


def is_address(name: str) -> bool:
    """Whether a name is an address in a store."""
    return name.partition("://")[0] in KINDS and "://" in name


def address_of(name: str) -> Address:
    """The address that a name is.

    Raises
    ------
    UsageError
        If it names no bucket, or has an empty name or dots between slashes.
    """
    kind, _, rest = name.partition("://")
    bucket, _, key = rest.partition("/")
    key = key.removesuffix("/")
    if not bucket or any(part in ("", ".", "..") for part in key.split("/") if key):
        raise UsageError(f"{name} is no address in a store; write {kind}://BUCKET/FOLDER/NAME")
    return Address(kind, bucket, key)


# Requests


def find_object(address: Address) -> Found | None:
    """The object at an address; None if there is none."""
    if not address.key:
        return None
    with _told(address, "read"):
        try:
            return _found(address, _obstore().head(_client(address), address.key))
        except FileNotFoundError:  # a store does not say whether there is a bucket at all
            _check_bucket(address._replace(key=""), _settings())
            return None


def has_objects(address: Address) -> bool:
    """Whether there is an object in a folder or the folders in it."""
    with _told(address, "list"):
        some = _repeated(lambda: next(_obstore().list(_client(address), prefix=address.key or None), ()))
    return bool(some)


@lru_cache(8)
def _check_bucket(bucket: Address, settings: Settings) -> None:
    """Raise NotThereError if there is no such bucket."""
    try:
        next(_obstore().list(_client_of(bucket.kind, bucket.bucket, settings)), None)
    except _exceptions().BaseError as error:
        if (code := _CODE.search(str(error))) and code[1] in _NO_BUCKET:
            raise _gone(bucket, str(error)) from None


def objects_below(address: Address) -> list[Found]:
    """All objects in a folder and the folders in it."""
    with _told(address, "list"):
        found = _repeated(lambda: _obstore().list(_client(address), prefix=address.key or None).collect())
    return [_found(address, meta) for meta in found]


def objects_in(address: Address) -> tuple[list[Found], list[Address]]:
    """The objects in a folder, and the folders in it."""
    with _told(address, "list"):
        found = _repeated(lambda: _obstore().list_with_delimiter(_client(address), address.key or None))
    folders = [address._replace(key=prefix) for prefix in found["common_prefixes"]]
    return [_found(address, meta) for meta in found["objects"]], folders


def read_range(one: Found, start: int, stop: int) -> memoryview:
    """The bytes of an object from ``start`` up to ``stop``.

    Raises
    ------
    BadInputError
        If the object is no longer what was found.
    """
    with _told(one.address, "read"):
        options = {"range": (start, stop), "if_match": one.etag}
        result = _obstore().get(_client(one.address), one.address.key, options=options)
        if result.meta["size"] != one.size:
            raise _changed(one.address)
        return memoryview(result.bytes())


def put_file(path: Path, address: Address, *, force: bool) -> None:
    """Put a file at an address, whole or not at all; an object that is there is replaced only by ``force``.

    Without ``force`` the store itself refuses to replace one, unless it is larger than ``PUT_AT_ONCE``: then it is
    looked for before.

    Raises
    ------
    UsageError
        If it is there.
    """
    is_large = path.stat().st_size > PUT_AT_ONCE
    if is_large and not force and find_object(address) is not None:
        raise _there_already(address)
    mode = "overwrite" if force or is_large else "create"
    with _told(address, "write"):
        try:
            _repeated(lambda: _obstore().put(_client(address), address.key, path, mode=mode, use_multipart=is_large))
        except _exceptions().AlreadyExistsError:
            # What was put may have arrived though the answer did not, and was then put a second time.
            if not _is_same(path, address):
                raise


def delete_objects(addresses: Sequence[Address]) -> None:
    """Delete objects of one bucket; those that are gone already do not matter."""
    if addresses:
        with _told(addresses[0], "delete"):
            _repeated(lambda: _obstore().delete(_client(addresses[0]), [address.key for address in addresses]))


def _repeated(request: Callable[[], Result]) -> Result:
    """The result of a request, which is made again if the answer breaks off: of objects alone the client asks again."""
    for _ in range(RETRIES):
        try:
            return request()
        except _exceptions().GenericError as error:
            if "response body" not in str(error):
                raise
    return request()


def _found(address: Address, meta: Any) -> Found:
    return Found(address._replace(key=meta["path"]), meta["size"], meta["e_tag"])


# The client


def _obstore() -> Any:
    try:
        return import_module("obstore")
    except ImportError:
        raise UsageError("object stores need obstore, which is not installed: pip install 'fastslop[stores]'") from None


@cache
def _exceptions() -> Any:
    return import_module("obstore.exceptions")


def _client(address: Address) -> Any:
    return _client_of(address.kind, address.bucket, _settings())


def _settings() -> Settings:
    return frozenset((name, value) for name, value in os.environ.items() if name.startswith(SETTINGS))


@lru_cache(8)
def _client_of(kind: str, bucket: str, settings: Settings) -> Any:
    """The client of a bucket; what ``settings`` do not say of S3, a profile of the user's may."""
    config = {name: value for name, value in aws_profile(dict(settings)).items() if value} if kind == "s3" else {}
    endpoint = config.get("aws_endpoint") or dict(settings).get("AWS_ENDPOINT_URL", "")
    waits = {"init_backoff": timedelta(seconds=FIRST_WAIT_S), "max_backoff": timedelta(seconds=10), "base": 2}
    return getattr(import_module("obstore.store"), KINDS[kind])(
        bucket,
        config=config,
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=CONNECT_S),
            "timeout": timedelta(seconds=REQUEST_S),
        },
        retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=ALL_S), "backoff": waits},
    )


# What goes wrong


@contextmanager
def _told(address: Address, to_do: str) -> Iterator[None]:
    """Raise what a request fails with as an error that names the address and what helps, and holds no keys."""
    _obstore()
    errors = _exceptions()
    try:
        yield
    except FileNotFoundError as error:
        raise _gone(address, str(error)) from None
    except errors.AlreadyExistsError:
        raise _there_already(address) from None
    except errors.PreconditionError:
        raise _changed(address) from None
    except (errors.BaseError, ValueError) as error:
        raise _failed(address, to_do, str(error)) from None


def _gone(address: Address, text: str) -> FastslopError:
    code = _CODE.search(text)
    if code and code[1] in _NO_BUCKET:
        return NotThereError(f"{address}: there is no bucket {address.bucket!r}{_where(address)}; is its name right?")
    return NotThereError(f"{address}: there is no such object")


def _is_same(path: Path, address: Address) -> bool:
    """Whether an object has the bytes of a file."""
    found = find_object(address)
    return (
        found is not None
        and found.size == path.stat().st_size
        and (not found.size or read_range(found, 0, found.size) == path.read_bytes())
    )


def _there_already(address: Address) -> UsageError:
    return UsageError(f"{address} is already there; choose another place or say --force")


def _changed(address: Address) -> BadInputError:
    return BadInputError(f"{address} was changed while it was read: read it when nothing writes to it")


def _failed(address: Address, to_do: str, text: str) -> FastslopError:
    status, code = _STATUS.search(text), _CODE.search(text)
    said = " ".join(one[1] for one in (status, code) if one)
    if code and code[1] in _NO_BUCKET:
        return _gone(address, text)
    if any(server in text for server in _METADATA_SERVERS) or re.search(
        r"Missing\w*(Key|Token|Credential|Account)", text
    ):
        return UsageError(f"{address}: no credentials are found; {_CREDENTIALS[address.kind]}")
    if "edirect" in text or said.startswith("301") or "AuthorizationHeaderMalformed" in said:
        return UsageError(f"{address}: the bucket is in another region; name it by AWS_REGION")
    if said.startswith(_DENIED):
        return UsageError(
            f"{address}: the store does not let you {to_do} this ({said}); see what your credentials are for, or "
            f"{_CREDENTIALS[address.kind]}"
        )
    why = said or next((why for words, why in _WHY.items() if words in text), "the client could not say why")
    return FastslopError(
        f"{address}: the store{_where(address)} does not answer ({why}); see whether it can be reached, and start again"
    )


_CREDENTIALS = {
    "s3": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, AWS_SKIP_SIGNATURE=true for a public bucket",
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS, GOOGLE_SKIP_SIGNATURE=true for a public bucket",
    "az": "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY",
}


def _where(address: Address) -> str:
    """The endpoint, without a name and password that may stand in it."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "") if address.kind == "s3" else ""
    host = endpoint.partition("://")[2].rpartition("@")[2]
    return f" at {host}" if host else ""

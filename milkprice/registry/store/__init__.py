"""Bytes by key in a folder, in memory, in S3 or, to read only, on the web; opened by address.

No other package imports obstore or file locks: the code above does not know which kind of store it
uses, and every fault is raised as one of our own errors.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

from obstore.store import HTTPStore, MemoryStore, S3Store

from milkprice.errors import SettingError
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store.client import translate_errors
from milkprice.registry.store.folder import FolderStore
from milkprice.registry.store.store import (
    ObjectList,
    ObjectMetadata,
    Store,
    StoredObject,
    WebStore,
)

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Credential

__all__ = ["ObjectList", "ObjectMetadata", "Store", "StoredObject", "open_store"]

logger = logging.getLogger(__name__)

KINDS = "a folder, memory://, s3://bucket/prefix or https://server/path"
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
USER = re.compile(r"^(\w+://)?.*@", re.DOTALL)
# Four retries that start within 15 seconds, each attempt cut off after 20: a store that is down
# fails in seconds, one that hangs in about half a minute.
RETRIES: RetryConfig = {
    "max_retries": 4,
    "retry_timeout": timedelta(seconds=15),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=2),
        "base": 2,
    },
}
TIMEOUTS: ClientConfig = {
    "connect_timeout": timedelta(seconds=3),
    "timeout": timedelta(seconds=20),
}


def open_store(uri: str, settings: StoreSettings) -> Store:
    """Open a store; nothing is read, written or connected to yet.

    Args:
        uri: A folder as path or ``file://``, ``memory://``, ``s3://bucket/prefix``, or
            ``https://server/path`` to read only.
        settings: Where an S3 service is and who asks.

    Raises:
        SettingError: The address or the endpoint means nothing here.
    """
    if "://" not in uri:
        return FolderStore(Path(uri))
    address = _check(urlsplit(uri))
    kinds: dict[str, Callable[[], Store]] = {
        "file": lambda: FolderStore(Path(unquote(address.path))),
        "memory": lambda: Store("memory://", MemoryStore),
        "s3": lambda: _s3(address, settings),
        "http": lambda: _web(uri, settings),
        "https": lambda: _web(uri, settings),
    }
    if address.scheme not in kinds:
        raise SettingError(option="store", value=_without_user(uri), expected=KINDS)
    return kinds[address.scheme]()


def _check(address: SplitResult) -> SplitResult:
    """Refuse what would carry a secret into messages, without repeating it."""
    if "@" in address.netloc or address.query or address.fragment:
        raise SettingError(
            option="store",
            value=_without_user(address.geturl()),
            expected="an address without user, password or query",
        )
    return address


def _without_user(address: str) -> str:
    """An address that may be wrong in any way, without what may be a password in it."""
    return re.split("[?#]", USER.sub(r"\1", address))[0]


def _is_server(address: str) -> bool:
    """Whether an address is a server's; the client does not refuse another, but panics."""
    try:
        parts = urlsplit(address)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return has_host and parts.scheme in ("http", "https") and "@" not in parts.netloc


def _web(uri: str, settings: StoreSettings) -> Store:
    if not _is_server(uri):
        raise SettingError(option="store", value=_without_user(uri), expected=KINDS)
    options = _client_options(settings, allow_http=True)
    with translate_errors(uri, "open", ""):
        client = HTTPStore(uri, client_options=options, retry_config=RETRIES)
    return WebStore(uri.rstrip("/"), lambda: client)


def _s3(address: SplitResult, settings: StoreSettings) -> Store:
    if not BUCKET.fullmatch(address.netloc):
        raise SettingError(
            option="store",
            value=_without_user(address.geturl()),
            expected="s3://bucket/prefix in lower case, without user and password",
        )
    if settings.profile and settings.access_key_id is None:
        logger.warning(
            "AWS_PROFILE is %s, but profiles are not read; set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY where the platform grants no rights",
            settings.profile,
        )
    prefix = address.path.strip("/")
    uri = f"s3://{address.netloc}/{prefix}".rstrip("/")
    with translate_errors(uri, "open", ""):
        client = S3Store(
            address.netloc,
            prefix=prefix or None,
            region=settings.region,
            virtual_hosted_style_request=False,
            disable_bulk_delete=True,  # in bulk, a refusal comes without its status
            client_options=_client_options(
                settings, allow_http=(settings.endpoint or "").startswith("http:")
            ),
            retry_config=RETRIES,
            **_endpoint(settings),
            **_credentials(settings),
        )
    return Store(
        uri,
        lambda: client,
        server=None if settings.single_writer else _server(settings),
    )


def _server(settings: StoreSettings) -> str:
    """The service in messages, and in a registry's record of those that were checked."""
    return (settings.endpoint or f"AWS {settings.region}").rstrip("/")


def _client_options(settings: StoreSettings, *, allow_http: bool) -> ClientConfig:
    """Timeouts, and what the server's certificate is checked by besides the system's."""
    options: ClientConfig = {**TIMEOUTS, "allow_http": allow_http}
    if settings.ca_bundle is not None:
        options["root_certificate"] = _certificates(settings.ca_bundle)
    return options


def _certificates(file: Path) -> bytes:
    """Read a file of certificates, each of which can be understood."""
    import ssl  # where there is such a file only

    try:
        ssl.create_default_context(cafile=str(file))
        return file.read_bytes()
    except OSError as error:
        raise SettingError(
            option="AWS_CA_BUNDLE or REQUESTS_CA_BUNDLE",
            value=str(file),
            expected="a file of certificates as PEM",
        ) from error


def _endpoint(settings: StoreSettings) -> dict[str, Any]:
    """Name the endpoint by the option that no variable of the environment outranks."""
    if settings.endpoint is None:
        return {}
    if "@" in settings.endpoint or not _is_server(settings.endpoint):
        raise SettingError(
            option="endpoint",
            value=_without_user(settings.endpoint),
            expected="http:// or https:// and a server, without user and password",
        )
    return {"aws_endpoint_url_s3": settings.endpoint.rstrip("/")}


def _credentials(settings: StoreSettings) -> dict[str, Any]:
    """Hand over the keys by a call, so that no session token of the environment joins them.

    Without keys obstore asks the platform: web identity, container or instance role.
    """
    if settings.access_key_id is None or settings.secret_access_key is None:
        return {}
    credential: S3Credential = {
        "access_key_id": settings.access_key_id,
        "secret_access_key": settings.secret_access_key,
        "token": settings.session_token,
        "expires_at": None,
    }
    return {"credential_provider": lambda: credential}

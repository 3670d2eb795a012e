"""Is a running system well? Its store, models, predictor and cluster, a line each with a remedy.

Nothing is changed but for small objects by which a store is tried, which are deleted again. What
cannot be asked is a finding like any other: one that is ill does not hide those after it.
"""

from __future__ import annotations

import http.client
import secrets
import ssl
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import orjson

from milkprice.cluster import open_cluster
from milkprice.cluster import status as read_status
from milkprice.errors import MilkpriceError
from milkprice.registry import CHAMPION, RegistryReader
from milkprice.registry.bundle import VerifyingKeys
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import Store, open_store
from milkprice.registry.store.check import PROBES, check_conditions

SECONDS = 5.0  # that a server may take to answer
MAX_SKEW_SECONDS = 60.0  # S3 refuses requests signed fifteen minutes away
MIN_DAYS = 14  # that a certificate should still be valid
STORE_REMEDY = "see docs/stores.md: this user's rights, or a server that keeps the conditions"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one look found.

    Attributes:
        subject: What was looked at.
        healthy: Whether it is as it should be.
        seen: What was found, in a few words.
        remedy: What to do; empty if it is healthy.
    """

    subject: str
    healthy: bool
    seen: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class DoctorSettings:
    """What to look at; what is None is left out.

    Attributes:
        registry: Address of the registry.
        store: Where an S3 store is and who asks.
        alias: The alias whose versions predictors are to serve.
        keys: Keys by which every version that an alias means must be signed.
        predictor: Address of a predictor.
        token: What it asks for, if it does.
        namespace: Namespace of InferenceServices on the cluster of ``kubeconfig``.
        kubeconfig: File of the cluster; None for the usual one.
        context: Its context; None for the current one.
    """

    registry: str
    store: StoreSettings
    alias: str = CHAMPION
    keys: VerifyingKeys | None = None
    predictor: str | None = None
    token: str | None = field(default=None, repr=False)
    namespace: str | None = None
    kubeconfig: str | None = None
    context: str | None = None


def examine(settings: DoctorSettings, *, clock: Callable[[], datetime]) -> Iterator[Finding]:
    """Look at everything, one after the other; findings come as they are found.

    Args:
        settings: What to look at.
        clock: This machine's time.
    """
    store = open_store(settings.registry, settings.store)
    models: dict[str, str] = {}
    if store.uri.startswith("s3://"):
        endpoint = settings.store.endpoint or f"https://s3.{settings.store.region}.amazonaws.com"
        yield from _server("store", endpoint, settings.store.ca_bundle, clock)
    yield _found("store", lambda: _conditions(store), remedy=STORE_REMEDY)
    yield from _models(RegistryReader(store, keys=settings.keys), settings, models)
    if settings.predictor is not None:
        address = settings.predictor
        if (yield from _server("predictor", address, settings.store.ca_bundle, clock)):
            yield from _predictor(settings, address, models)
    if settings.namespace is not None:
        yield _found(
            "cluster", lambda: _cluster(settings, clock()), remedy="milkprice status says more"
        )


class _UnhealthyError(Exception):
    """Something was found that is not as it should be."""


def _found(subject: str, look: Callable[[], str], *, remedy: str) -> Finding:
    try:
        return Finding(subject=subject, healthy=True, seen=look())
    except (MilkpriceError, OSError, http.client.HTTPException, _UnhealthyError) as error:
        seen = str(error).rstrip(".") or type(error).__name__
        return Finding(subject=subject, healthy=False, seen=seen, remedy=remedy)


def _conditions(store: Store) -> str:
    if store.server is None:  # a folder, or nobody else ever writes
        key = f"{PROBES}/{secrets.token_hex(8)}"
        store.put_new(key, b"")
        store.delete(key)
        return f"{store.uri} can be written and deleted from"
    conditions = check_conditions(store)
    failures = [f"{one.name} ({one.seen})" for one in conditions if not one.holds]
    if failures:
        raise _UnhealthyError("; ".join(failures))
    return f"all {len(conditions)} conditions hold at {store.uri}"


def _models(
    reader: RegistryReader, settings: DoctorSettings, found: dict[str, str]
) -> Iterator[Finding]:
    """Fetch what every alias means, as a predictor does; ``found`` gets those to be served."""
    try:
        names = reader.names()
    except MilkpriceError as error:
        remedy = "see that the address is right and this user may list it"
        yield Finding(subject="models", healthy=False, seen=str(error).rstrip("."), remedy=remedy)
        return
    if not names:
        remedy = "publish one: make run, or make train on a cluster"
        yield Finding(subject="models", healthy=False, seen="none was published", remedy=remedy)
    for name in names:
        yield _found(
            f"model {name}",
            partial(_aliases, reader, name, settings, found),
            remedy=f"milkprice models list; milkprice models rollback {name}, or publish it again",
        )


def _aliases(
    reader: RegistryReader, name: str, settings: DoctorSettings, found: dict[str, str]
) -> str:
    targets = dict(reader.read_aliases(name).targets)
    if not targets:
        raise _UnhealthyError("no alias points at a version")
    if settings.alias in targets:
        found[name] = targets[settings.alias]
    for version in set(targets.values()):
        reader.fetch(name, version)
    state = "whole" if settings.keys is None else "whole and signed"
    return f"{', '.join(f'{alias} {version}' for alias, version in targets.items())}: {state}"


def _server(
    subject: str, address: str, ca_bundle: Path | None, clock: Callable[[], datetime]
) -> Generator[Finding, None, bool]:
    """A server's clock and certificate; whether it can be reached."""
    try:
        date, expiry = _greet(address, ca_bundle)
    except (OSError, http.client.HTTPException) as error:
        seen = f"{address} does not answer: {error or type(error).__name__}"
        remedy = "see that it runs, and that this machine may reach it by this name and port"
        yield Finding(subject=subject, healthy=False, seen=seen, remedy=remedy)
        return False
    if date is not None:
        skew = abs((date - clock()).total_seconds())
        yield Finding(
            subject=f"{subject}'s clock",
            healthy=skew <= MAX_SKEW_SECONDS,
            seen=f"{skew:.0f} s from this machine's",
            remedy="" if skew <= MAX_SKEW_SECONDS else "set both by NTP: signed requests expire",
        )
    if expiry is not None:
        days = (expiry - clock()).days
        yield Finding(
            subject=f"{subject}'s certificate",
            healthy=days >= MIN_DAYS,
            seen=f"valid for {days} more days",
            remedy="" if days >= MIN_DAYS else "renew it; what issues it says why it did not",
        )
    return True


def _greet(address: str, ca_bundle: Path | None) -> tuple[datetime | None, datetime | None]:
    """Ask a server for anything: its time, and when its certificate ends."""
    with _connection(address, ca_bundle) as connection:
        connection.request("HEAD", "/")
        expiry = None
        if isinstance(connection.sock, ssl.SSLSocket):
            ends = str((connection.sock.getpeercert() or {})["notAfter"])
            expiry = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), timezone.utc)
        date = connection.getresponse().headers.get("Date")
    return (parsedate_to_datetime(date) if date else None), expiry


@contextmanager
def _connection(address: str, ca_bundle: Path | None) -> Iterator[http.client.HTTPConnection]:
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme == "https":
        trusted = ssl.create_default_context()
        if ca_bundle is not None:
            trusted.load_verify_locations(ca_bundle)
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port, timeout=SECONDS, context=trusted
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=SECONDS)
    with closing(connection):
        yield connection


def _predictor(
    settings: DoctorSettings, address: str, models: Mapping[str, str]
) -> Iterator[Finding]:
    """Whether it is ready, and serves what the registry's aliases mean."""
    remedy = "see its log: make logs; without a model it waits for one"
    yield _found("predictor", lambda: _ready(settings, address), remedy=remedy)
    status, body = _ask(settings, address, "POST", "/v2/repository/index")
    if status != http.client.OK:
        seen = f"its models cannot be listed: {status}"
        remedy = "name a file of its tokens by --token-file"
        yield Finding(subject="predictor's models", healthy=False, seen=seen, remedy=remedy)
        return
    for entry in orjson.loads(body):
        yield _served(entry, models)


def _served(entry: Mapping[str, str], models: Mapping[str, str]) -> Finding:
    name, version = entry["name"], entry.get("version", "")
    meant = models.get(name, version)
    healthy = bool(version) and version == meant
    instead = f" and not {meant}" if meant and not healthy else ""
    reason = entry.get("reason") or "wait until it looks again, or load it: docs/stores.md"
    return Finding(
        subject=f"predictor's {name}",
        healthy=healthy,
        seen=f"serves {version or 'nothing'}{instead}",
        remedy="" if healthy else reason,
    )


def _ready(settings: DoctorSettings, address: str) -> str:
    status, _ = _ask(settings, address, "GET", "/v2/health/ready")
    if status != http.client.OK:
        raise _UnhealthyError(f"it answers and is not ready: {status}")
    return "ready"


def _ask(settings: DoctorSettings, address: str, method: str, path: str) -> tuple[int, bytes]:
    headers = {"Content-Type": "application/json"}
    if settings.token is not None:
        headers["Authorization"] = f"Bearer {settings.token}"
    with _connection(address, settings.store.ca_bundle) as connection:
        connection.request(method, f"{urlsplit(address).path.rstrip('/')}{path}", b"{}", headers)
        response = connection.getresponse()
        return response.status, response.read()


def _cluster(settings: DoctorSettings, now: datetime) -> str:
    namespace = settings.namespace or ""
    with open_cluster(settings.kubeconfig, settings.context, settings.token) as cluster:
        services = read_status(cluster, namespace, now=now).services
    if not services:
        raise _UnhealthyError(f"there is no InferenceService in {namespace}")
    ill = [f"{one.name}: {one.problem or 'not ready'}" for one in services if not one.ready]
    if ill:
        raise _UnhealthyError("; ".join(ill))
    return ", ".join(f"{one.name} is ready" for one in services)

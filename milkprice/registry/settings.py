"""Where a store is and who asks, the keys that sign and verify, and the limits of a bundle.

A reader takes all of a bundle into memory before it knows whether it is worth that, and a
predictor has 512 MiB. What is made of a JSON document can take forty times its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from milkprice.errors import SettingError
from milkprice.registry.errors import BundleTooLargeError, StoreVariableError

ModelFormat = Literal["joblib", "skops"]

SINGLE_WRITER = "MILKPRICE_SINGLE_WRITER"
FLAGS = {"": False, "0": False, "false": False, "1": True, "true": True}


@dataclass(frozen=True, kw_only=True)
class StoreSettings:
    """Where an S3 store is and who asks.

    Attributes:
        endpoint: Address of the S3 service; None is AWS itself.
        access_key_id: User, or None for what the platform grants.
        session_token: Token of temporary credentials.
        ca_bundle: File of the authorities that may vouch for the service, besides the system's.
        profile: The profile that the environment names; profiles are not read.
        single_writer: Whether the caller warrants that nobody else ever writes, so that the service
            need not be checked before it is written to.
    """

    endpoint: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    region: str = "us-east-1"
    ca_bundle: Path | None = None
    profile: str | None = None
    single_writer: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> StoreSettings:
        """Read the ``AWS_*`` variables; called by entry points only.

        Raises:
            StoreVariableError: A line break or a space stands in one, elsewhere than at its end.
            SettingError: ``MILKPRICE_SINGLE_WRITER`` is neither true nor false.
        """
        bundle = _variable(environment, "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", spaces=True)
        return cls(
            endpoint=_variable(environment, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
            access_key_id=_variable(environment, "AWS_ACCESS_KEY_ID"),
            secret_access_key=_variable(environment, "AWS_SECRET_ACCESS_KEY", spaces=True),
            session_token=_variable(environment, "AWS_SESSION_TOKEN"),
            region=_variable(environment, "AWS_REGION", "AWS_DEFAULT_REGION") or "us-east-1",
            ca_bundle=None if bundle is None else Path(bundle),
            profile=_variable(environment, "AWS_PROFILE", spaces=True),
            single_writer=_flag(environment, SINGLE_WRITER),
        )


@dataclass(frozen=True, kw_only=True)
class SigningSettings:
    """Where the private key is by which versions are signed as they are published; or nowhere.

    Attributes:
        file: A file of it as PEM; it outranks ``pem``.
        pem: The key itself; kept out of ``repr``.
    """

    VARIABLE: ClassVar[str] = "MILKPRICE_SIGNING_KEY"

    file: Path | None = None
    pem: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> SigningSettings:
        """Read ``SIGNING_KEY_FILE`` and ``MILKPRICE_SIGNING_KEY``; called by entry points only."""
        file = environment.get("SIGNING_KEY_FILE")
        return cls(file=None if file is None else Path(file), pem=environment.get(cls.VARIABLE))


@dataclass(frozen=True, kw_only=True)
class VerifyingSettings:
    """Where the public keys are one of which must have signed what is read; or nowhere.

    Attributes:
        file: A file of them as PEM; it outranks ``pem``.
        pem: The keys themselves.
    """

    VARIABLE: ClassVar[str] = "MILKPRICE_VERIFY_KEY"

    file: Path | None = None
    pem: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> VerifyingSettings:
        """Read ``VERIFY_KEY_FILE`` and ``MILKPRICE_VERIFY_KEY``; called by entry points only."""
        file = environment.get("VERIFY_KEY_FILE")
        return cls(file=None if file is None else Path(file), pem=environment.get(cls.VARIABLE))


def _variable(environment: Mapping[str, str], *names: str, spaces: bool = False) -> str | None:
    """The first of the variables that holds anything, without what ``echo`` adds to its end."""
    for name in names:
        value = environment.get(name, "").rstrip()
        if re.search(r"[\x00-\x1f\x7f]" if spaces else r"[\s\x00-\x1f\x7f]", value):
            raise StoreVariableError(variable=name)
        if value:
            return value
    return None


def _flag(environment: Mapping[str, str], name: str) -> bool:
    value = environment.get(name, "").strip().lower()
    if value not in FLAGS:
        raise SettingError(option=name, value=value, expected="true or false")
    return FLAGS[value]


# The files that make a bundle, and how large they may be.
MODEL = "model.joblib"
ARCHIVE = "model.skops"
SIDECAR = "model.json"
SIGNATURE = "model.sig"

FILES = 64
BUNDLE_BYTES = 64 * 2**20
FILE_BYTES = 8 * 2**20
JSON_BYTES = 4 * 2**20
# A whole bundle of ours is 350 KB: the sidecar 25, the polynomial 500 in the largest grid.
BYTES = {SIDECAR: 2**20, SIGNATURE: 2**10, MODEL: 32 * 2**20, ARCHIVE: 32 * 2**20}


def check_size(size: int, *, file: str, where: str) -> None:
    """Raise ``BundleTooLargeError`` if a file of this name has too many bytes."""
    limit = BYTES.get(file, JSON_BYTES if file.endswith(".json") else FILE_BYTES)
    if size > limit:
        raise BundleTooLargeError(bundle=where, file=file, size=size, limit=limit)

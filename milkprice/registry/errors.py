"""Errors of the store, of bundles and of the registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from milkprice.errors import MilkpriceError
from milkprice.text import escape_unprintable, join_names


class StoreError(MilkpriceError):
    """The object store failed."""


class KeyNotFoundError(StoreError):
    """No object has this key."""

    def __init__(self, *, store: str, key: str) -> None:
        super().__init__(f"{store} has no object {key}.")


class KeyExistsError(StoreError):
    """An object with this key is there already and must not be overwritten."""

    def __init__(self, *, store: str, key: str) -> None:
        super().__init__(f"{store} already has an object {key}, which is never overwritten.")


class KeyChangedError(StoreError):
    """An object changed between reading and replacing it."""

    def __init__(self, *, store: str, key: str) -> None:
        super().__init__(f"{store}: object {key} was changed by someone else; read it again.")


class BucketNotFoundError(StoreError):
    """The bucket is not there."""

    def __init__(self, *, store: str, bucket: str) -> None:
        super().__init__(f"{store}: there is no bucket {bucket!r}; create it, or correct the name.")


class StoreDeniedError(StoreError):
    """The store refused these credentials, by a code of S3 or without one."""

    REGION = "AWS_REGION is not that of the bucket; correct it"
    STALE = (
        "AWS_SESSION_TOKEN is out of date or belongs to other keys; renew it, or remove it where "
        "the keys are permanent"
    )
    REMEDIES: ClassVar[Mapping[str, str]] = {
        "AuthorizationHeaderMalformed": REGION,
        "IllegalLocationConstraintException": REGION,
        "PermanentRedirect": REGION,
        "ExpiredToken": STALE,
        "InvalidToken": STALE,
        "InvalidTokenId": STALE,
        "TokenRefreshRequired": STALE,
        "RequestTimeTooSkewed": "set the clock of this machine or of the server",
    }

    def __init__(self, *, store: str, operation: str, key: str, code: str = "") -> None:
        remedy = (
            self.REMEDIES.get(
                code, "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the rights of that user"
            )
            if store.startswith("s3://")
            else "check the rights of this user there"
        )
        by_code = f" ({code})" if code else ""
        super().__init__(
            f"{store} refused to {operation} {key or 'the prefix'}{by_code}; {remedy}."
        )


class StoreCertificateError(StoreError):
    """The server's certificate is not trusted."""

    def __init__(self, *, store: str, reason: str) -> None:
        super().__init__(
            f"{store}: the certificate of the server is not trusted ({reason}); name the file of "
            "the authority that issued it in AWS_CA_BUNDLE, or correct the server's certificate."
        )


class StoreProtocolError(StoreError):
    """The server speaks TLS where it is asked in plain HTTP, or the other way round."""

    def __init__(self, *, store: str, spoken: str, scheme: str) -> None:
        super().__init__(
            f"{store}: the server speaks {spoken} at this port; write {scheme}:// into "
            "AWS_ENDPOINT_URL."
        )


class StoreVariableError(StoreError):
    """A variable of the environment holds what no name or key can; its value is never shown."""

    def __init__(self, *, variable: str) -> None:
        super().__init__(
            f"{variable} has a line break or a space before its end; set it, or the Secret that it "
            "comes from, anew without."
        )


class StoreConditionError(StoreError):
    """A server does not do what the registry stands on, so that it would lose promotions."""

    def __init__(self, *, store: str, server: str, failures: Sequence[str]) -> None:
        super().__init__(
            f"{store} at {server} fails {join_names(failures)}: promotions that were acknowledged "
            "would be lost there. Use another server (docs/stores.md has some), or --single-writer "
            "where nobody else ever writes."
        )


class StoreUnreachableError(StoreError):
    """The store did not answer."""

    def __init__(self, *, store: str, operation: str, key: str, reason: str) -> None:
        remedy = (
            "check that it runs and that AWS_ENDPOINT_URL points at it"
            if store.startswith("s3://")
            else "check the address and the network"
        )
        super().__init__(
            f"{store} could not be reached to {operation} {key or 'the prefix'} ({reason}); "
            f"{remedy}."
        )


class StoreLockedError(StoreError):
    """Another process holds the lock of a folder for too long."""

    def __init__(self, *, store: str, key: str, lock: str) -> None:
        super().__init__(
            f"{store} stays locked, so {key} was not replaced; look for a stopped process that "
            f"holds {lock}."
        )


class StoreReadOnlyError(StoreError):
    """A web address can be read key by key and nothing else."""

    def __init__(self, *, store: str, operation: str, key: str) -> None:
        super().__init__(
            f"{store} cannot {operation} {key or 'the prefix'}: a web address is only read, key "
            "by key. Use a folder or s3://bucket/prefix."
        )


class StoreFailedError(StoreError):
    """The store answered with a fault that has no class of its own."""

    def __init__(self, *, store: str, operation: str, key: str, reason: str) -> None:
        super().__init__(f"{store} failed to {operation} {key or 'the prefix'}: {reason}.")


class BundleError(MilkpriceError):
    """A model folder that must not be loaded."""


class BundleIncompleteError(BundleError):
    """A bundle lacks one of its files."""

    def __init__(self, *, bundle: str, file: str) -> None:
        super().__init__(f"{bundle} has no {file}; a bundle is model.json and the files it lists.")


class BundleChecksumError(BundleError):
    """A file of a bundle is not the one that was packed."""

    def __init__(self, *, bundle: str, file: str, expected: str, actual: str) -> None:
        super().__init__(
            f"{bundle}: {file} has SHA-256 {actual}, its model.json says {expected}; it was "
            "altered or damaged and is not loaded. Publish the model again."
        )


class BundleFormatError(BundleError):
    """A sidecar, or another document of a bundle, that cannot be decoded."""

    def __init__(self, *, bundle: str, reason: str) -> None:
        super().__init__(f"{bundle}: model.json {reason}.")


class ModelFormatError(BundleError):
    """A model file that cannot be read as what it should be.

    Attributes:
        reason: What is wrong, for a caller that names the model otherwise.
    """

    def __init__(self, *, model: str, reason: str) -> None:
        super().__init__(f"{model} {reason}.")
        self.reason = reason


class LibraryVersionError(BundleError):
    """A model was packed with a library that does not read back here."""

    def __init__(
        self, *, bundle: str, library: str, packed: str, installed: str, same: str
    ) -> None:
        super().__init__(
            f"{bundle} was packed with {library} {packed}, installed is {installed}; models are "
            f"only loaded by the same {same} release. Install {library} {packed} or train again."
        )


class BundleCodeError(BundleError):
    """A model needs code that this installation lacks."""

    def __init__(self, *, bundle: str, packed: str, reason: str) -> None:
        super().__init__(
            f"{bundle} needs code that is not here ({reason}); it was packed by milkprice "
            f"{packed}. Install that or train again."
        )


class BundleTooLargeError(BundleError):
    """A bundle, or a file of it, is larger than any model of ours."""

    def __init__(
        self, *, bundle: str, file: str, size: int, limit: int, unit: str = "bytes"
    ) -> None:
        super().__init__(
            f"{bundle}: {file} has {size:,} {unit}, at most {limit:,} are read; it is not loaded."
        )


class BundleSizeError(BundleError):
    """A file of a bundle is longer or shorter than the one that was packed."""

    def __init__(self, *, bundle: str, file: str, expected: int, actual: int) -> None:
        super().__init__(
            f"{bundle}: {file} has {actual:,} bytes, its model.json says {expected:,}; it was "
            "altered or cut off and is not loaded. Publish the model again."
        )


class BundleUnsignedError(BundleError):
    """A bundle without a signature, where one is required."""

    def __init__(self, *, bundle: str) -> None:
        super().__init__(
            f"{bundle} has no model.sig, and only signed models are loaded here. Publish it with "
            "--signing-key, or sign it by milkprice models sign."
        )


class BundleSignatureError(BundleError):
    """A signature that is not one of ours over this bundle."""

    def __init__(self, *, bundle: str, reason: str) -> None:
        super().__init__(f"{bundle}: model.sig {reason}; the model is not loaded.")


class BundleTypesError(BundleError):
    """A model that holds types which no model of ours has."""

    def __init__(self, *, bundle: str, file: str, types: Sequence[str]) -> None:
        super().__init__(
            f"{bundle}: {file} holds types that are not trusted: "
            f"{join_names(map(escape_unprintable, types))}; none of it was loaded."
        )


class SkopsMissingError(BundleError):
    """skops is needed and not installed."""

    def __init__(self) -> None:
        super().__init__(
            "Models without a pickle need the package skops, which is not installed; "
            "pip install 'milkprice[skops]'."
        )


class SigningKeyError(MilkpriceError):
    """A key that signs or verifies bundles cannot be used. Its content is never shown."""

    def __init__(self, *, source: str, reason: str) -> None:
        super().__init__(f"{source} {reason}; milkprice models keys makes a pair.")


class RegistryError(MilkpriceError):
    """Names, versions and aliases of published models."""


class ModelNotFoundError(RegistryError):
    """No model of this name was published."""

    def __init__(self, *, registry: str, name: str, known: Sequence[str]) -> None:
        there = f"it has {join_names(known)}" if known else "it is empty"
        super().__init__(
            f"{registry} has no model {name!r}; {there}. Publish one (milkprice run), or name "
            "another registry (--registry, MODEL_URI)."
        )


class VersionNotFoundError(RegistryError):
    """A model has no such version."""

    def __init__(self, *, name: str, version: str, known: Sequence[str]) -> None:
        newest = f"its newest are {join_names(known[-3:])}" if known else "it has none"
        super().__init__(f"Model {name!r} has no version {version!r}; {newest}.")


class VersionConflictError(RegistryError):
    """Two different bundles claim one version."""

    def __init__(self, *, name: str, version: str, file: str) -> None:
        super().__init__(
            f"Model {name!r} version {version} already holds another {file}; versions are "
            "immutable. Train again to get a new version."
        )


class AliasNotFoundError(RegistryError):
    """A model has no such alias."""

    def __init__(self, *, name: str, alias: str, known: Sequence[str]) -> None:
        there = f"it has {join_names(known)}" if known else "it has none yet"
        super().__init__(f"Model {name!r} has no alias {alias!r}; {there}.")


class AliasMovedError(RegistryError):
    """An alias moved between a decision about it and its promotion or rollback."""

    def __init__(self, *, name: str, alias: str, expected: str | None, actual: str | None) -> None:
        super().__init__(
            f"Model {name!r}: alias {alias!r} moved from {expected} to {actual} meanwhile and was "
            "left there; look at it again and decide anew."
        )


class AliasFormatError(RegistryError):
    """The aliases of a model cannot be decoded."""

    def __init__(self, *, name: str, reason: str) -> None:
        super().__init__(f"Model {name!r}: aliases.json {reason}.")


class AliasUnsignedError(RegistryError):
    """The aliases of a model have no signature, where one is required."""

    def __init__(self, *, name: str) -> None:
        super().__init__(
            f"Model {name!r}: aliases.json is not signed, and only signed aliases are followed "
            "here. See by milkprice models list that they are as they should be, then sign them "
            f"by milkprice models sign {name} --signing-key FILE."
        )


class AliasSignatureError(RegistryError):
    """The signature of a model's aliases is not one of ours over them."""

    def __init__(self, *, name: str, reason: str) -> None:
        super().__init__(
            f"Model {name!r}: the signature of aliases.json {reason}; its aliases are not "
            "followed. See by milkprice models list what they are; once they are as they should "
            f"be, sign them by milkprice models sign {name} --signing-key FILE."
        )


class AliasReplayError(RegistryError):
    """The aliases of a model are older than those that were read before."""

    def __init__(self, *, name: str, serial: int, newest: int) -> None:
        super().__init__(
            f"Model {name!r}: aliases.json has serial {serial}, and {newest} was read before: an "
            "older file was put back, and is not followed. Promote again; or, where the older one "
            f"is meant, sign it anew by milkprice models sign {name} --signing-key FILE."
        )


class AliasKeyError(RegistryError):
    """The aliases of a model are signed, and there is no key to sign a change of them with."""

    def __init__(self, *, name: str, key: str) -> None:
        super().__init__(
            f"Model {name!r}: aliases.json is signed by the key {key} and was left as it is: "
            "there is no key to sign its change with. Name one by --signing-key, or put it into "
            "MILKPRICE_SIGNING_KEY."
        )


class VersionRetiredError(RegistryError):
    """A version was pruned and is being deleted."""

    def __init__(self, *, name: str, version: str) -> None:
        super().__init__(
            f"Model {name!r} version {version} was pruned: it is neither loaded nor promoted any "
            "more. Choose another version or train again."
        )

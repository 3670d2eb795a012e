"""Publishing, promoting and pruning versions of models."""

from __future__ import annotations

import logging
from collections.abc import Container
from datetime import datetime

from milkprice.errors import SettingError
from milkprice.registry.aliases import ANY, CHAMPION, PREVIOUS, Aliases, AliasFile, AnyVersion
from milkprice.registry.bundle import (
    Bundle,
    SigningKey,
    VerifyingKeys,
    check_name,
    timestamp,
    verify,
    with_created,
)
from milkprice.registry.errors import (
    AliasNotFoundError,
    BundleIncompleteError,
    SigningKeyError,
    VersionRetiredError,
)
from milkprice.registry.reader import RegistryReader
from milkprice.registry.store import Store
from milkprice.registry.store.check import require_conditions

logger = logging.getLogger(__name__)


class Registry(RegistryReader):
    """Models by name, version and alias in a store.

    A store that has to be is checked before the first of these changes it, and refused with
    ``StoreConditionError`` where it would lose some. Moments are arguments: no clock is read here.
    """

    def __init__(
        self,
        store: Store,
        *,
        signer: SigningKey | None = None,
        keys: VerifyingKeys | None = None,
    ) -> None:
        """Open a store.

        Args:
            store: Where the models are stored.
            signer: Signs versions as they are published, and aliases as they are moved; None
                leaves versions unsigned, and moves only aliases that are not signed.
            keys: Who must have signed what is read; None looks at no signature but, where there
                is a signer, at that of the aliases, which must be its own.

        Raises:
            SigningKeyError: The signer is not one of the keys.
        """
        super().__init__(store, keys=keys)
        self._signer = signer
        if signer is not None:
            # What it signs again it must believe, or it would vouch for what others wrote there.
            trusted = signer.verifying if keys is None else keys
            _check_trusted(signer, trusted)
            self._alias_file = AliasFile(store, keys=trusted, signer=signer)

    def publish(self, bundle: Bundle) -> str:
        """Write a bundle as a version, unless the same content is one already.

        Repeating it, also at another time or after it was cut off, ends with one version. Two that
        publish one content in different seconds, both before either is done, make two versions:
        no condition of a store covers a listing. With a key to sign by, that version is signed,
        also where it was there before without.

        Returns:
            The version that holds the content.

        Raises:
            VersionRetiredError: This very version was pruned.
            VersionConflictError: The version is there with other bytes.
            BundleError: The bundle is not whole.
        """
        name = verify(bundle).sidecar.name
        require_conditions(self._store)
        retired = self._unverified_aliases.read(name).retired
        bundle = with_created(
            bundle, self._find_same_content(bundle, retired) or bundle.sidecar.version
        )
        version = bundle.sidecar.version
        self._check_not_retired(name, version)
        self._storage(name).add(bundle, signer=self._signer)
        self._check_not_retired(name, version)
        logger.info("published %s %s", name, version)
        return version

    def sign(self, name: str, reference: str, signer: SigningKey) -> str:
        """Sign a published version, over an earlier signature if it has one.

        It is read whole and verified, but that only shows that it fits its own hashes. The
        signature asserts more: that it was published by those who hold the key.

        Raises:
            RegistryError: The reference means nothing, as for ``resolve``.
            BundleError: The version is incomplete or was altered.
        """
        sidecar = self.fetch(name, reference).sidecar
        self._storage(name).sign(sidecar, signer)
        logger.info("signed %s %s by %s", name, sidecar.version, signer.id)
        return sidecar.version

    def sign_aliases(self, name: str, signer: SigningKey, *, at: datetime) -> Aliases:
        """Sign the aliases of a model as they are, and every version that one points at.

        It asserts that each alias is where those who hold the key want it, whoever wrote the file,
        and whatever was signed before.

        Args:
            name: The model.
            signer: The key.
            at: When: the file counts as newer than those signed before.

        Returns:
            The aliases that were signed.

        Raises:
            RegistryError: There is no such model, or it has no alias.
            BundleError: A version is incomplete or was altered.
        """
        moment = timestamp(at, timespec="milliseconds")
        targets = self._read_aliases(name, self._unverified_aliases).targets
        if not targets:
            raise AliasNotFoundError(name=name, alias=CHAMPION, known=())
        require_conditions(self._store)
        for version in sorted(set(targets.values())):
            self.sign(name, version, signer)
        aliases = AliasFile(self._store, signer=signer).update(
            name, lambda aliases: aliases.with_next_serial(at=moment)
        )
        logger.info("signed the aliases of %s by %s", name, signer.id)
        return aliases

    def promote(
        self,
        name: str,
        reference: str,
        *,
        alias: str = CHAMPION,
        at: datetime,
        reason: str = "",
        expected: str | AnyVersion | None = ANY,
    ) -> str:
        """Point an alias at a version; the one it leaves becomes its previous one.

        Args:
            name: The model.
            reference: The version, or an alias of it.
            alias: What to move.
            at: When, for the history, as is ``reason``.
            reason: Why.
            expected: The version the alias must still point at, None for none; by default any.

        Raises:
            RegistryError: The reference means nothing, as for ``resolve``.
            BundleError: With keys: none of them signed the version.
            AliasMovedError: The alias points at another version.
            AliasKeyError: The aliases are signed, and there is no signer.
        """
        moment = timestamp(at, timespec="milliseconds")
        check_alias(alias)
        version = self.resolve(name, reference)
        if self._keys is not None:
            self._check_signature(name, version)
        require_conditions(self._store)
        self._alias_file.update(
            name,
            lambda aliases: aliases.with_promotion(
                alias, version, at=moment, reason=reason, expected=expected
            ),
        )
        logger.info("%s of %s is %s", alias, name, version)
        return version

    def rollback(self, name: str, *, alias: str = CHAMPION, at: datetime, reason: str = "") -> str:
        """Swap an alias with the version it had before; returns where it is now.

        Repeated with the same moment and reason it is the same rollback.

        Raises:
            AliasNotFoundError: There is nothing to go back to.
            AliasMovedError: Another writer moved the alias at this moment.
            AliasKeyError: The aliases are signed, and there is no signer.
        """
        moment = timestamp(at, timespec="milliseconds")
        check_alias(alias)
        expected = self.read_aliases(name).targets.get(alias)
        require_conditions(self._store)
        aliases = self._alias_file.update(
            name,
            lambda aliases: aliases.with_rollback(
                alias, expected=expected, at=moment, reason=reason
            ),
        )
        logger.info("%s of %s is back at %s", alias, name, aliases.version(alias))
        return aliases.version(alias)

    def prune(self, name: str, *, keep: int, at: datetime) -> list[str]:
        """Delete old versions, and what an interrupted prune left.

        Args:
            name: The model.
            keep: How many of the newest to keep besides those that have an alias.
            at: When, for the record.

        Returns:
            The versions deleted, oldest first.

        Raises:
            ModelNotFoundError: No such model was published.
            AliasKeyError: The aliases are signed, and there is no signer.
            SettingError: ``keep`` is negative.
        """
        if keep < 0:
            raise SettingError(option="keep", value=keep, expected="0 or more")
        moment = timestamp(at, timespec="milliseconds")
        self.read_aliases(name)
        require_conditions(self._store)
        aliases = self._alias_file.update(
            name, lambda aliases: aliases.with_retired(self._surplus(aliases, keep), at=moment)
        )
        storage = self._storage(name)
        retired = [objects for objects in storage.list() if objects.version in aliases.retired]
        for objects in retired:
            storage.delete(objects)
        logger.info("pruned %d versions of %s", len(retired), name)
        return [objects.version for objects in retired]

    def _check_not_retired(self, name: str, version: str) -> None:
        """Refuse a version that was pruned; what was written of it goes with the next prune."""
        if version in self._unverified_aliases.read(name).retired:
            raise VersionRetiredError(name=name, version=version)

    def _check_signature(self, name: str, version: str) -> None:
        """Refuse a version that readers with these keys would refuse."""
        try:
            self._storage(name).sidecar(version)
        except BundleIncompleteError:
            self.resolve(name, version)  # one that was pruned meanwhile says so
            raise

    def _find_same_content(self, bundle: Bundle, retired: Container[str]) -> str | None:
        """Find a version with the same content: a finished one, else one that was cut off."""
        content = bundle.sidecar.version.rpartition("-")[2]
        same = [
            objects
            for objects in self._storage(bundle.sidecar.name).list()
            if objects.version.endswith(content) and objects.version not in retired
        ]
        same.sort(key=lambda objects: not objects.is_complete)
        return same[0].version if same else None

    def _surplus(self, aliases: Aliases, keep: int) -> list[str]:
        """Choose what to retire: no alias, not yet retired, not among the newest."""
        free = [
            version
            for version in self._storage(aliases.name).versions()
            if version not in aliases.retired and not aliases.names_of(version)
        ]
        return free[: max(0, len(free) - keep)]


def _check_trusted(signer: SigningKey, keys: VerifyingKeys) -> None:
    """Refuse to sign what no reader with these keys would believe."""
    if signer.id not in keys.ids:
        reason = f"signs here, but only what {', '.join(keys.ids)} signed is to be read"
        raise SigningKeyError(source=f"The key {signer.id}", reason=reason)


def check_alias(alias: str) -> None:
    """Refuse what no alias can be called, and aliases that only follow others."""
    if check_name(alias, option="alias").partition("-")[0] == PREVIOUS:
        raise SettingError(
            option="alias", value=alias, expected=f"any name but {PREVIOUS}, which follows others"
        )

"""Which model is meant: the addresses that ``MODEL_URI`` takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from milkprice.bundle import SIDECAR, VERSION, checked_name, from_json
from milkprice.errors import SettingError
from milkprice.registry import CHAMPION


@dataclass(frozen=True, kw_only=True)
class FolderReference:
    """A folder that is a bundle, as a storage initializer leaves it.

    Attributes:
        folder: Where it lies.
        name: The model in it.
    """

    folder: Path
    name: str


@dataclass(frozen=True, kw_only=True)
class RegistryReference:
    """A model of a registry, by version or alias.

    Attributes:
        registry: The registry's address.
        name: The model.
        reference: A version, or an alias that is followed.
    """

    registry: str
    name: str
    reference: str

    @property
    def is_followed(self) -> bool:
        """Whether the reference can come to mean another version."""
        return not VERSION.fullmatch(self.reference)


ModelReference = FolderReference | RegistryReference


def parse(uri: str) -> ModelReference:
    """Read one address.

    Args:
        uri: ``<registry>/<model>@<alias or version>``, where the registry is a folder or
            ``s3://bucket/prefix`` and ``@champion`` may be left out; or
            ``<registry>/models/<model>/<version>``, as the objects lie; or a folder with a
            ``model.json``.

    Returns:
        What it means.

    Raises:
        SettingError: It means nothing.
        BundleError: The folder's ``model.json`` cannot be understood.
    """
    folder = Path(uri.removeprefix("file://"))
    if (folder / SIDECAR).is_file():
        sidecar = from_json((folder / SIDECAR).read_bytes(), where=str(folder))
        return FolderReference(folder=folder, name=sidecar.name)
    parts = uri.rstrip("/").split("/")
    if len(parts) > 3 and VERSION.fullmatch(parts[-1]) and parts[-3] == "models":
        return _of_registry(uri, parts[:-3], name=parts[-2], reference=parts[-1])
    name, at, reference = parts[-1].partition("@")
    return _of_registry(uri, parts[:-1], name=name, reference=reference if at else CHAMPION)


def _of_registry(uri: str, registry: list[str], *, name: str, reference: str) -> RegistryReference:
    address = "/".join(registry)
    if not address or address.endswith((":", ":/")):
        raise SettingError(
            option="MODEL_URI", value=uri, expected="<registry>/<model>@<alias or version>"
        )
    if not VERSION.fullmatch(reference):
        checked_name(reference, option="alias in MODEL_URI")
    return RegistryReference(
        registry=address, name=checked_name(name, option="model in MODEL_URI"), reference=reference
    )

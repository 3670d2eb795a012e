"""A bundle in memory: packed from a model, verified, and loaded."""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from milkprice.files import sha256
from milkprice.registry.bundle.model_file import (
    check_libraries,
    dump,
    installed_libraries,
    read_archive,
    unpickle,
)
from milkprice.registry.bundle.sidecar import (
    Feature,
    FileRecord,
    NotJsonError,
    Sidecar,
    Target,
    check_name,
    content_hash,
    created_of,
    from_json,
    timestamp,
    to_builtins,
    to_json,
    version_of,
)
from milkprice.registry.errors import (
    BundleChecksumError,
    BundleCodeError,
    BundleFormatError,
    BundleIncompleteError,
)
from milkprice.registry.settings import ARCHIVE, ModelFormat


@dataclass(frozen=True)
class Bundle:
    """A model as bytes: its sidecar, and the other files by name."""

    sidecar: Sidecar
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def label(self) -> str:
        """What the bundle is called in messages."""
        return f"{self.sidecar.name} {self.sidecar.version}"


def pack(
    model: object,
    *,
    name: str,
    target: Target,
    features: Iterable[Feature],
    feature_set: str,
    parameters: Mapping[str, Any],
    metrics: Mapping[str, Any],
    sources: Mapping[str, str],
    created: datetime,
    extra_files: Mapping[str, bytes] | None = None,
    model_format: ModelFormat = "joblib",
) -> Bundle:
    """Make a bundle of a fitted model.

    The facts are those of ``Sidecar``; ``created`` has a time zone. The model is written as a
    pickle of joblib or as an archive of skops, which holds no code.

    Raises:
        SettingError: The name cannot be part of a key, or the time has no zone.
        BundleFormatError: A field holds what JSON cannot, such as NaN.
        BundleTooLargeError: It is larger than would be read back.
        ModelFormatError: An archive would be read back as another model.
        SkopsMissingError: An archive is asked for, and skops is not installed.
    """
    file, data = dump(model, model_format)
    files = {file: data, **(extra_files or {})}
    draft = Sidecar(
        name=check_name(name),
        version="",
        created=timestamp(created),
        target=target,
        feature_set=feature_set,
        features=tuple(features),
        parameters=parameters,
        metrics=metrics,
        sources=sources,
        libraries=installed_libraries(),
        files={file: _record(data) for file, data in files.items()},
    )
    return Bundle(_finish(draft), files)


def with_metrics(
    bundle: Bundle,
    metrics: Mapping[str, Any],
    *,
    parameters: Mapping[str, Any] | None = None,
) -> Bundle:
    """Return the same model with other metrics and more parameters, as another version.

    Raises:
        BundleFormatError: A metric or a parameter is what JSON cannot hold.
    """
    parameters = {**bundle.sidecar.parameters, **(parameters or {})}
    sidecar = dataclasses.replace(bundle.sidecar, metrics=metrics, parameters=parameters)
    return Bundle(_finish(sidecar), bundle.files)


def with_extra_files(bundle: Bundle, files: Mapping[str, bytes]) -> Bundle:
    """Return the same model with more files, such as a report, which makes it another version."""
    records = {file: _record(data) for file, data in files.items()}
    sidecar = dataclasses.replace(bundle.sidecar, files={**bundle.sidecar.files, **records})
    return Bundle(_finish(sidecar), {**bundle.files, **files})


def without_files(bundle: Bundle, files: Container[str]) -> Bundle:
    """Return the same model without some of its files, which makes it another version."""
    kept = {file: data for file, data in bundle.files.items() if file not in files}
    records = {file: bundle.sidecar.files[file] for file in kept}
    return Bundle(_finish(dataclasses.replace(bundle.sidecar, files=records)), kept)


def with_created(bundle: Bundle, version: str) -> Bundle:
    """Return the same content under another version of it, with that version's creation time."""
    sidecar = dataclasses.replace(bundle.sidecar, version=version, created=created_of(version))
    return Bundle(sidecar, bundle.files)


def verify(bundle: Bundle, *, where: str | None = None) -> Bundle:
    """Return the bundle if every file is there and is the one its sidecar lists.

    Raises:
        BundleIncompleteError: A file is missing.
        BundleChecksumError: A file is another one.
        BundleFormatError: The sidecar is not as packed.
    """
    where = where or bundle.label
    from_json(to_json(bundle.sidecar), where=where)
    for file in (bundle.sidecar.model_file, *bundle.sidecar.files):
        if file not in bundle.files or file not in bundle.sidecar.files:
            raise BundleIncompleteError(bundle=where, file=file)
        expected, actual = bundle.sidecar.files[file], _record(bundle.files[file])
        if actual != expected:
            raise BundleChecksumError(
                bundle=where, file=file, expected=expected.sha256, actual=actual.sha256
            )
    return bundle


def load(bundle: Bundle) -> Any:
    """Read a bundle's model, after everything that can be checked before was checked.

    The bundle is verified once more, so that a hand-made one is refused too.

    Raises:
        BundleError: The bundle is not as packed, or its libraries or its code are not here.
        ModelFormatError: The model is compressed, or no archive of skops.
        SkopsMissingError: It is an archive of skops, and skops is not installed.
    """
    verify(bundle)
    check_libraries(bundle.sidecar.libraries, where=bundle.label)
    file = bundle.sidecar.model_file
    if file == ARCHIVE:
        return read_archive(bundle.files[file], where=bundle.label)
    try:
        return unpickle(bundle.files[file], where=bundle.label)
    except (ImportError, AttributeError) as error:
        packed = bundle.sidecar.libraries.get("milkprice", "unknown")
        raise BundleCodeError(bundle=bundle.label, packed=packed, reason=str(error)) from error


def _record(data: bytes) -> FileRecord:
    return FileRecord(sha256=sha256(data), size=len(data))


def _finish(draft: Sidecar) -> Sidecar:
    """Convert to builtins, add the version, and check the sidecar as a reader would."""
    where = f"model {draft.name!r}"
    try:
        sidecar = dataclasses.replace(
            draft,
            features=tuple(map(_feature_to_builtins, draft.features)),
            parameters=to_builtins(draft.parameters, "parameters"),
            metrics=to_builtins(draft.metrics, "metrics"),
            sources=to_builtins(draft.sources, "sources"),
        )
        version = version_of(sidecar.created, content_hash(sidecar))
        data = to_json(dataclasses.replace(sidecar, version=version))
    except (NotJsonError, TypeError) as error:
        raise BundleFormatError(bundle=where, reason=str(error)) from error
    return from_json(data, where=where)


def _feature_to_builtins(feature: Feature) -> Feature:
    """Make the range Python's own floats: 1 and 1.0 are two texts and would be two hashes."""
    path = f"features.{feature.name}"
    return dataclasses.replace(
        feature,
        minimum=float(to_builtins(feature.minimum, f"{path}.minimum")),
        maximum=float(to_builtins(feature.maximum, f"{path}.maximum")),
    )

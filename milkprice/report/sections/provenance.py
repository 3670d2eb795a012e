"""Where the model comes from: enough to make it again, and to check that it is the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from milkprice.registry.bundle import Sidecar
from milkprice.report.content import ReportContent
from milkprice.report.markup import Html, Words, element, section, table
from milkprice.report.numbers import MISSING, count, listed


def provenance(content: ReportContent) -> Html:
    """What the model is, and the hashes of all it was made of."""
    sidecar = content.sidecar
    intro = (
        "Equal files, parameters and libraries give an equal model. The hashes are SHA-256; those "
        "of the sources are of the files as they came. The version ends with the hash of all that "
        "is published, this page included, and can only be told beside it."
    )
    return section(
        "provenance",
        "Provenance",
        intro,
        _pairs("The model", "what", _model(content)),
        _pairs("Parameters", "parameter", dict(_flat(sidecar.parameters))),
        _hashes("Source files", sidecar.sources),
        _files(sidecar),
        _pairs("Libraries", "library", sidecar.libraries),
    )


def _model(content: ReportContent) -> dict[str, str]:
    sidecar = content.sidecar
    known = {f"{source} known to": month for source, month in content.forecast.known.items()}
    return {
        "name": sidecar.name,
        "target": f"{sidecar.target.name}, {sidecar.target.unit}",
        "features": f"{count(len(sidecar.features))} ({sidecar.feature_set})",
        "forecaster": content.forecast.forecaster,
        **known,
    }


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Parameters within parameters as one list."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}: ")
        else:
            yield before + name, _said(value)


def _said(value: object) -> str:
    if isinstance(value, list | tuple):
        return listed([_said(one) for one in value])
    return MISSING if value is None else str(value)


def _pairs(caption: str, what: str, facts: Mapping[str, str]) -> Html:
    return table(caption, (Words(what), Words("value")), facts.items())


def _hashes(caption: str, hashes: Mapping[str, str]) -> Html:
    rows = ((name, _hash(value)) for name, value in hashes.items())
    return table(caption, (Words("file"), Words("SHA-256")), rows)


def _files(sidecar: Sidecar) -> Html:
    rows = ((name, _hash(one.sha256), count(one.size)) for name, one in sidecar.files.items())
    return table("Files of the model", (Words("file"), Words("SHA-256"), "bytes"), rows)


def _hash(value: str) -> Html:
    return element("code", value)

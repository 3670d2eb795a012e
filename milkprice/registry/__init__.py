"""The model registry: names, versions and aliases of bundles, over any store.

    models/<name>/<version>/model.joblib    and the bundle's other files: polynomial.json
    models/<name>/<version>/model.sig       where the publisher signs: over model.json
    models/<name>/<version>/model.json      written last: the version exists if this is there
    models/<name>/aliases.json              champion, previous, retired versions, history, signature
    store.json                              in S3: which servers were checked before they were used

Versions are created and never overwritten, but for the signature, which is a statement about one
and not a part of it. All else that changes about a model is in the one small
``aliases.json``, and it changes by compare-and-swap only. One object and not a pointer per alias,
because then

* champion and previous move together, so a rollback never meets half a promotion;
* of promotions at the same moment each one is in the history, none is overwritten;
* promotion and prune exclude each other: a prune first writes there what it will delete, and a
  promotion refuses what is written there.

A process that is killed leaves files without a sidecar, which are not listed and which a repeated
publish completes, or retired versions, which are not listed and which the next prune deletes.
"""

from __future__ import annotations

from milkprice.registry.aliases import ANY, CHAMPION, PREVIOUS, Aliases, Change
from milkprice.registry.reader import RegistryReader, VersionInfo
from milkprice.registry.registry import Registry, check_alias

__all__ = [
    "ANY",
    "CHAMPION",
    "PREVIOUS",
    "Aliases",
    "Change",
    "Registry",
    "RegistryReader",
    "VersionInfo",
    "check_alias",
]

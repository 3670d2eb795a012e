"""The registry decides which bundle is which: names, versions and aliases, over any store.

    models/<name>/<version>/model.joblib    and what else the bundle brings: polynomial.json
    models/<name>/<version>/model.sig       where the publisher signs: over model.json
    models/<name>/<version>/model.json      written last: the version exists if this is there
    models/<name>/aliases.json              champion, previous, retired versions, history

Versions are created and never overwritten, but for the signature, which is a statement about one
and not a part of it. All else that changes about a model is in the one small
``aliases.json``, and it changes by compare-and-swap only. One object and not a pointer per alias,
because then

* champion and previous move together, so a rollback never meets half a promotion;
* of promoters at the same moment each one is in the history, none is written over;
* promoting and pruning cannot pass each other: pruning first writes there what it will delete,
  and promoting refuses what is written there.

A process that dies leaves files without a sidecar, which nobody sees and a repeated publish
completes, or retired versions not yet deleted, which nobody sees and the next prune deletes.
"""

from __future__ import annotations

from milkprice.registry.aliases import ANY, CHAMPION, PREVIOUS, Aliases, Change
from milkprice.registry.reader import RegistryReader, VersionInfo
from milkprice.registry.registry import Registry

__all__ = [
    "ANY",
    "CHAMPION",
    "PREVIOUS",
    "Aliases",
    "Change",
    "Registry",
    "RegistryReader",
    "VersionInfo",
]

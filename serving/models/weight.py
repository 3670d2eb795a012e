"""How much memory a value takes, by looking at everything it holds."""

from __future__ import annotations

import gc
import sys
from types import BuiltinFunctionType, FunctionType, ModuleType

# What is shared by all models and would be counted with each of them.
SHARED = (type, ModuleType, FunctionType, BuiltinFunctionType)


def weight(*values: object) -> int:
    """Add up the sizes of values and of all that they refer to, each once.

    It is what Python says of each object; what the allocator loses between them is not in it.
    """
    seen: set[int] = set()
    total, found = 0, list(values)
    while found:
        fresh = {id(one): one for one in found if not isinstance(one, SHARED)}
        found = [one for place, one in fresh.items() if place not in seen]
        seen.update(fresh)
        total += sum(map(sys.getsizeof, found))
        found = gc.get_referents(*found)
    return total

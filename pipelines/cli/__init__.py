"""``milkprice pipeline``: compile, run here, upload, run there."""

import os

_SWITCH = "_KFP_RUNTIME"


def import_kfp() -> None:
    """Import kfp as steps do, without the client of a cluster, two thirds of its imports.

    For commands that compile or run here, before they import anything else of kfp.

    ``pipelines.client`` imports that itself. Whatever else kfp has is imported whole, as it looks
    at the variable anew.
    """
    before = os.environ.get(_SWITCH)
    os.environ[_SWITCH] = "true"
    try:
        import kfp  # noqa: F401
    finally:
        if before is None:
            del os.environ[_SWITCH]
        else:
            os.environ[_SWITCH] = before

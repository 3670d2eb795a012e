"""``milkprice pipeline``: compile, run here, upload, run there."""

import os

_SWITCH = "_KFP_RUNTIME"


def _import_kfp_without_its_client() -> None:
    """Import kfp as steps do, without the client of a cluster, two thirds of its imports.

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


_import_kfp_without_its_client()

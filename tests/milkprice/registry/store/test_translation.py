"""Errors that say what they are by their text alone."""

from __future__ import annotations

import pytest

from milkprice.registry.errors import (
    StoreDeniedError,
)
from milkprice.registry.store.translation import translate_errors


def test_missing_platform_credentials_are_denied_not_unreachable():
    error = OSError(
        "Generic S3 error: Error performing PUT http://169.254.169.254/latest/api/token in 1s "
        "- HTTP error: error sending request"
    )
    with pytest.raises(StoreDeniedError), translate_errors("s3://b", "read", "k"):
        raise error


def test_folder_without_rights_is_denied_without_talk_of_aws():
    error = OSError("Unable to open file /x: Permission denied (os error 13)")
    with pytest.raises(StoreDeniedError) as denied, translate_errors("/x", "read", "k"):
        raise error
    assert "AWS" not in str(denied.value)

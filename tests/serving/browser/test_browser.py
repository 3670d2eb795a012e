"""The page in a real browser: what it shows, what it sends, and what it makes of mistakes."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

"""The pipeline commands, called as a person would."""

from tests.support.commands import milkprice

__all__ = ["milkprice"]

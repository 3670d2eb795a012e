"""What is known about milk, money and rain in Chile, and how to learn from it."""

from __future__ import annotations

__version__ = "0.1.0"

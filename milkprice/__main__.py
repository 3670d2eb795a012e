"""``python -m milkprice``."""

from __future__ import annotations

from milkprice.cli.app import main

if __name__ == "__main__":
    main()

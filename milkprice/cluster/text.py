"""Words of others in our messages: one line, not endless, and no secret in them."""

from __future__ import annotations

import re

LONGEST = 300
HIDDEN = "***"
# A password in an address, a token, and whatever is named like a secret: token=…, "key": "….
SECRETS = (
    re.compile(r"(?<=://)[^/\s@]+(?=@)"),
    re.compile(r"(?i)(?<=authorization: bearer )\S+"),
    re.compile(r"\beyJ[\w-]+\.[\w.-]+"),
    re.compile(
        r"(?i)(?:secret|passw|token|credential|signature|access_?key)[\w.-]*[\"']?\s*[=:]\s*[\"']?"
        r"(?P<value>(?!\*)[^\s\"',;&}]+)"
    ),
)


def quoted(words: str) -> str:
    """Words fit for a message."""
    line = " ".join(without_secrets(words).split()).rstrip(".")
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} ..."


def without_secrets(words: str) -> str:
    """Words with everything hidden that looks like a secret."""
    for pattern in SECRETS:
        words = pattern.sub(_hidden, words)
    return words


def _hidden(found: re.Match[str]) -> str:
    value = found.groupdict().get("value")
    return HIDDEN if value is None else found[0].removesuffix(value) + HIDDEN

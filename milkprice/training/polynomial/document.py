"""The file of a bundle that a polynomial is read from."""

from __future__ import annotations

from milkprice.documents import FieldError, Fields
from milkprice.registry.errors import ModelFormatError
from milkprice.training.polynomial.polynomial import Polynomial

POLYNOMIAL = "polynomial.json"


def from_json(data: bytes, *, where: str) -> Polynomial:
    """Read a polynomial, and refuse one that was not written by ``Polynomial.to_json``.

    Args:
        data: Bytes of ``polynomial.json``.
        where: What the bundle is called in messages.

    Returns:
        The polynomial, every number the one that was written.

    Raises:
        ModelFormatError: A field is missing, of a wrong kind, or does not belong to the others.
    """
    model = f"{where}: {POLYNOMIAL}"
    try:
        polynomial = _polynomial(Fields.of(data))
    except FieldError as error:
        raise ModelFormatError(model=model, reason=str(error)) from error
    except ModelFormatError as error:
        raise ModelFormatError(model=model, reason=error.reason) from error
    if polynomial.to_json() != data:
        reason = "is not in the form it was written in; it was edited after packing"
        raise ModelFormatError(model=model, reason=reason)
    return polynomial


def _polynomial(fields: Fields) -> Polynomial:
    return Polynomial(
        columns=fields.counts("columns"),
        width=fields.count("width"),
        center=fields.numbers("center"),
        scale=fields.numbers("scale"),
        degree=fields.count("degree"),
        coefficients=fields.numbers("coefficients"),
        intercept=fields.number("intercept"),
    )

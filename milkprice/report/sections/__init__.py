"""The sections below the verdict, in the order in which they are read."""

from __future__ import annotations

from milkprice.report.sections.drift import drift
from milkprice.report.sections.prices import prices
from milkprice.report.sections.provenance import provenance
from milkprice.report.sections.quarantine import quarantine
from milkprice.report.sections.residuals import residuals
from milkprice.report.sections.row_model import row_model
from milkprice.report.sections.search import search
from milkprice.report.sections.skill import skill

SECTIONS = (prices, skill, residuals, search, row_model, quarantine, drift, provenance)

__all__ = ["SECTIONS"]

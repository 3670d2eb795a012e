"""A candidate is a model that was trained and is not in use yet.

It is completed, held against the champion, and told of before anybody decides.

    assembly     what else belongs into its bundle
    quality      whether its data are fit to learn from
    contest      whether it is better than what anybody could say, and than the champion
    appraisal    the champion scored again on the candidate's months, and all checks together
    findings     what its report tells
"""

from milkprice.candidate.appraisal import appraise
from milkprice.candidate.assembly import (
    assembled,
    feature_rows,
    moved_since,
    outlook_of,
    same_model,
    testified,
)
from milkprice.candidate.findings import findings

__all__ = [
    "appraise",
    "assembled",
    "feature_rows",
    "findings",
    "moved_since",
    "outlook_of",
    "same_model",
    "testified",
]

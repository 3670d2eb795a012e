"""Validation: whether a trained model, the candidate, may take the champion's place.

    candidate    what its bundle holds beside the row model, and how that is read back
    drift        how its features differ from those the champion was trained on
    checks       its data, and its errors beside those of the baselines and of the champion
    gate         the verdict from the checks, and the promotion that it lets

Nothing is gathered here: steps that only carry a candidate on need not import what checks it.
"""

"""Validation: whether a trained model, the candidate, may take the champion's place.

    reference    what the champion knew of the raw series, for the data checks
    candidate    what its bundle holds beside the row model, and how that is read back
    drift        how its features differ from those the champion was trained on
    comparison   its errors beside those of the baselines and of the champion
    checks       all checks together, the champion scored again on the candidate's months
    gate         the verdict from the checks
    promotion    a published version becomes champion when its verdict lets it

Nothing is gathered here: steps that only carry a candidate on need not import what checks it.
"""

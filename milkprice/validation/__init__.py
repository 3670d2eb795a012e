"""A candidate is a model that was trained and is not in use yet.

It is completed, held against the champion, and told of before anybody decides.

    data.checks  whether anything may be learnt from what the source delivered, by rules:
                 plausible, which need no champion, and precedent, beside its memory
    assembly     what else belongs into its bundle
    quality      whether its data are fit to learn from
    contest      whether it is better than what anybody could say, and than the champion
    appraisal    the champion scored again on the candidate's months, and all checks together
    findings     what its report tells
    publication  a candidate to a version

Nothing is gathered here: steps that only carry a candidate on need not import what judges it.
"""

"""Measurements beside what is replaced and beside what cannot be beaten, in one run each.

    training                       the notebook's search beside GridSearchCV
    cleaning                       the repair, and how it grows
    serving                        the predictor beside other servers
    start                          start and memory beside a bare import
    pipeline                       the local runner beside one process
    batch                          files of rows predicted beside a loop
    many_models (fleet)            a thousand models in one predictor
    series                         many series trained
    results                        all of it in RESULTS.md

Each is a command, ``python -m benchmarks.<part>``, and writes build/bench/<part>.json. They share
statistics (targets), report (tables), charts, environment (options), notebook (table, search) and
job (the project's own job, as all of them run it).
"""

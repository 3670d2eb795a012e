"""Measurements beside what is replaced and beside what cannot be beaten, in one run each.

    training                       the notebook's search beside GridSearchCV
    cleaning (scaled_tables)       the repair, and how it grows
    serving                        the predictor beside other servers
    start                          start and memory beside a bare import
    pipeline (pipeline_runs)       the local runner beside one process
    batch                          files of rows predicted beside a loop
    many_models                    a thousand models in one predictor
    series                         many series trained
    results                        all of it in RESULTS.md

Each is a command, ``python -m benchmarks.<part>``, and writes build/bench/<part>.json. They share
statistics (summaries, targets), report (tables), charts, environment and notebook (tables, search).
"""

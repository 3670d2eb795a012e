"""Measurements beside what is replaced and beside what cannot be beaten, in one run each.

    training                        the notebook's search beside GridSearchCV
    cleaning (repair, scaled)       the repair, and how it grows
    serving                         the predictor beside other servers
    start                           start and memory beside a bare import
    pipeline (runs, runlog, imports)  the local runner beside one process
    batch                           files of rows predicted beside a loop
    many_models                     a thousand models in one predictor
    series (jobs)                   many series trained
    results                         all of it in RESULTS.md

Each is a command, ``python -m benchmarks.<part>``, and writes build/bench/<part>.json. What they
share: spread, slope, target; sheet, document, charts; machine, options, faults; table, reference.
"""

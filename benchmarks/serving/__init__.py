"""The predictor beside what it replaces, and beside the limit of what a server can reach.

    protocols                   the forms of a request; requests with their predictions
    model                       the model and its rows
    servers, process            what is measured; a server as a process
    limit                       a server of the least arithmetic, to compare with
    kserve_sklearn              the same of KServe, as its users have it
    old_fastapi, old_flask      the two systems this one replaces
    peers                       virtual environments for servers that need them
    closed_loop, open_loop      load as fast as answered; load at a fixed rate
    measurement, stages         runs in rounds; the stages of a request, timed alone
    report                      tables, notes, charts and targets

The servers share files: the pickled pipeline, its least arithmetic, and a registry in a folder.
"""

"""The predictor beside what it replaces and beside what no server can be faster than.

    messages, protocols         the forms of a request
    polynomial, subject         the model as plain numbers; the rows that every server is asked
    questions                   requests with the answers they must get
    contender, servers          a server as a value; who takes part
    limit, kserve_sklearn       servers to compare with, programs of their own
    old_fastapi, old_flask      the two systems this one replaces
    peers                       environments of their own for servers that need them
    start, memory               a process started, weighed
    wrk, calls, paced           load: by HTTP, by gRPC, at a fixed rate
    schedule, connection        what paced is made of
    measuring, results          rounds of turns; their medians
    profile                     stages of an answer, timed alone
    targets, sheets             what is wanted; all of it for people
    __main__                    the command

What the servers share are files: the pickled pipeline, its numbers, and a folder registry.
"""

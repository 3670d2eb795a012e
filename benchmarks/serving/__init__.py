"""The predictor beside what it replaces and beside what no server can be faster than.

    faults                      what ends a measurement
    protocols, polynomial       the forms of a request; the model as plain numbers
    subject                     the model and the rows that every server is asked
    contender                   a server as a value
    limit, kserve_sklearn       servers to compare with, programs of their own
    peers                       a server with an environment of its own
    servers                     who takes part
    start, memory, wrk          a process started, weighed, loaded
    results, measuring          turns and their medians; rounds of turns
    targets                     what is wanted
    table, machine, report      all of it for people
    __main__                    the command

What the servers share are files: the pickled pipeline, its numbers, and a folder registry.
"""

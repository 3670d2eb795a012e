"""Looking for bytes that are answered by neither rows nor a sentence, led by what they reach.

    make fuzz MINUTES=10                                       each reader in turn
    python -m tests.support.fuzzing v1 --seconds 60            one of them
    python -m tests.support.fuzzing v1 build/fuzz/v1/crash-…   what one file does, again

Nothing here knows what is right: a reader may give rows of finite numbers, or refuse in one short
sentence of its own; any other exception, a hang or a gigabyte of memory is a find.
"""

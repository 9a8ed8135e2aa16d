"""Python's search for garbage, kept from looking at what is no garbage."""

import gc


def keep_what_is_loaded() -> None:
    """Leave all that is loaded by now out of every later search.

    A search of everything stops a process for as long as writing to thousands of readers takes, and comes when it
    likes, also while a lock is held.
    """
    gc.collect()
    gc.freeze()

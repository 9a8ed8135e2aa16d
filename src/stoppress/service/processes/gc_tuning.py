"""Keep objects that live as long as the process out of garbage collection."""

import gc


def freeze_loaded_objects() -> None:
    """Exclude all objects loaded so far from later collections.

    A full collection pauses a process for as long as writing to thousands of readers takes, possibly while it holds a
    lock.
    """
    gc.collect()
    gc.freeze()

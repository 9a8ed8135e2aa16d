"""Reset the readers of a live blog after its database was restored from an older backup."""

import secrets
from datetime import datetime

from stoppress.coverage.models import LiveBlog


def reset_epoch(slug: str, epoch: str, seq: int, now: datetime) -> bool:
    """Start a new epoch if the log of a live blog ends before `seq`, which readers already received in `epoch`.

    Every reader of the live blog then reloads. Without it, the next changes would reuse numbers that other changes had.
    `changed_at` becomes `now`, so that a client that compares dates does not keep its outdated copy.

    It sends no notification: the processes that follow the log call this function and poll anyway.

    Returns:
        True if this call started the epoch; of several concurrent callers exactly one gets True.
    """
    restored = LiveBlog.objects.filter(slug=slug, epoch=epoch, seq__lt=seq)
    return restored.update(epoch=secrets.token_hex(4), changed_at=now) > 0

"""What is done when the database was put back to an older state: readers hold what it does not know any more."""

import secrets

from stoppress.coverage import hints
from stoppress.coverage.models import LiveBlog


def start_new_epoch(slug: str, epoch: str, seq: int) -> bool:
    """Make every reader of a live blog start afresh, if its log ends before `seq` in the same `epoch`.

    What comes next would get numbers that other changes had. Of several who notice it one does it: whether that was us.
    """
    gone_back = LiveBlog.objects.filter(slug=slug, epoch=epoch, seq__lt=seq)
    done = gone_back.update(epoch=secrets.token_hex(4)) > 0
    if done:
        hints.ring(hints.CHANGES)
    return done

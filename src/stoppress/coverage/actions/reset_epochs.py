"""What is done when the database was put back to an older state: readers hold what it does not know any more."""

import secrets
from datetime import datetime

from stoppress.coverage.models import LiveBlog


def reset_epoch(slug: str, epoch: str, seq: int, now: datetime) -> bool:
    """Make every reader of a live blog start afresh, if its log ends before `seq` in the same `epoch`.

    What comes next would get numbers that other changes had; and what was changed last is changed now, so that nobody
    who asks by date is told that nothing has. Of several who notice it one does it: whether that was us. Rings for
    nobody: it is done by those who follow the log, who look again anyway.
    """
    gone_back = LiveBlog.objects.filter(slug=slug, epoch=epoch, seq__lt=seq)
    return gone_back.update(epoch=secrets.token_hex(4), changed_at=now) > 0

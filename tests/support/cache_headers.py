"""Expected Cache-Control values, and the cookies of an editor."""

HEAD = "max-age=0, s-maxage=1, stale-while-revalidate=5, stale-if-error=60"
DESK = f"stoppress_desk={'a' * 32}; stoppress_csrf={'b' * 32}"
ELSEWHERE = "max-age=0, s-maxage=5, stale-if-error=60"

"""Expected Cache-Control values, and the cookies of an editor."""

NEWEST_CACHE_CONTROL = "max-age=0, s-maxage=1, stale-while-revalidate=5, stale-if-error=60"
OTHER_CACHE_CONTROL = "max-age=0, s-maxage=5, stale-if-error=60"
EDITOR_COOKIES = f"stoppress_desk={'a' * 32}; stoppress_csrf={'b' * 32}"

"""Full-text search over the current text of standing posts, with FTS5 of SQLite or a GIN index of PostgreSQL.

The index holds one row for each standing post under the id of its current revision. The actions write it in their
transaction, so it never differs from the posts. Words are folded here, the same way for both databases: letter case,
accents and compatibility forms do not matter. The last word of a query is a prefix, because it may still be typed,
unless it is a single letter, which most posts would match.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from stoppress.coverage.html_sanitiser import html_to_text
from stoppress.coverage.models import Post, Revision

WORD = re.compile(r"\w+")
MAX_QUERY_WORDS = 12
CREATE = {
    "sqlite": [
        "CREATE VIRTUAL TABLE coverage_search"
        " USING fts5(blog, words, tokenize='unicode61', detail=column, prefix='2 3')"
    ],
    "postgresql": [
        "CREATE TABLE coverage_search (revision bigint PRIMARY KEY, blog bigint NOT NULL, words tsvector NOT NULL)",
        "CREATE INDEX coverage_search_words ON coverage_search USING gin (words)",
    ],
}
"""Statements of the migration. The table is no model: the two databases have no common form of it."""
INSERT = {
    "sqlite": "INSERT OR REPLACE INTO coverage_search (rowid, blog, words) VALUES (%s, %s, %s)",
    "postgresql": "INSERT INTO coverage_search (revision, blog, words) VALUES (%s, %s, array_to_tsvector(%s))"
    " ON CONFLICT (revision) DO UPDATE SET blog = excluded.blog, words = excluded.words",
}
DELETE = {
    "sqlite": "DELETE FROM coverage_search WHERE rowid = %s",
    "postgresql": "DELETE FROM coverage_search WHERE revision = %s",
}
SELECT = {
    "sqlite": "SELECT rowid FROM coverage_search WHERE coverage_search MATCH %s ORDER BY rowid DESC LIMIT %s",
    "postgresql": "SELECT revision FROM coverage_search WHERE words @@ %s::tsquery AND blog = ANY(%s)"
    " ORDER BY revision DESC LIMIT %s",
}


def fold_words(text: str) -> list[str]:
    """Return the words of `text` in lower case, without accents and compatibility forms."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return WORD.findall("".join(letter for letter in decomposed if not unicodedata.combining(letter)))


def index_revision(revision: Revision, blog_id: int) -> None:
    """Add the words of a post's new current revision."""
    sources = " ".join(" ".join(map(str, source.values())) for source in revision.sources)
    text = " ".join([revision.headline, html_to_text(revision.body), " ".join(revision.bylines), sources])
    words = fold_words(text)
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT[connection.vendor], [revision.pk, blog_id, " ".join(words) if is_sqlite else sorted(set(words))]
        )


def remove_revision(revision_id: int) -> None:
    """Remove the words of a revision that is no longer current, or whose post was withdrawn."""
    with connection.cursor() as cursor:
        cursor.execute(DELETE[connection.vendor], [revision_id])


def find_posts(query: str, blog_ids: Iterable[int], limit: int) -> QuerySet[Post]:
    """Return standing posts of these live blogs that contain all words of `query`, the newest text first.

    Args:
        query: Words as typed; the last one may be the beginning of a word. A query without a word finds nothing.
        blog_ids: Primary keys of the live blogs to search.
        limit: The maximum number of posts.
    """
    words, blogs = fold_words(query)[:MAX_QUERY_WORDS], sorted(set(blog_ids))
    if not words or not blogs:
        return Post.objects.none()
    is_sqlite = connection.vendor == "sqlite"
    parameters: list[Any] = [_fts5_query(words, blogs)] if is_sqlite else [_tsquery(words), blogs]
    with connection.cursor() as cursor:
        cursor.execute(SELECT[connection.vendor], [*parameters, limit])
        revisions = [row[0] for row in cursor.fetchall()]
    found = Post.objects.filter(revision_id__in=revisions, withdrawn_at=None, blog_id__in=blogs)
    return found.select_related("revision", "blog").order_by("-revision_id")


def _fts5_query(words: list[str], blogs: list[int]) -> str:
    """Return the query for FTS5. Folded words contain neither quotes nor operators inside the quotes."""
    *whole, last = words
    parts = [f'"{word}"' for word in whole] + [f'"{last}" *' if len(last) > 1 else f'"{last}"']
    in_blogs = " OR ".join(f'"{blog}"' for blog in blogs)
    return f"blog : ({in_blogs}) AND words : ({' AND '.join(parts)})"


def _tsquery(words: list[str]) -> str:
    *whole, last = words
    return " & ".join([*(f"'{word}'" for word in whole), f"'{last}':*" if len(last) > 1 else f"'{last}'"])

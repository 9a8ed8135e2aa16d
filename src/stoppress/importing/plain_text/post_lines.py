"""Lines of one post by their role."""

from dataclasses import dataclass

from stoppress.importing.plain_text.bylines.time_bylines import PostMark
from stoppress.importing.plain_text.text_lines import Line


@dataclass(frozen=True, slots=True)
class PostLines:
    """The lines of one post; `marks` are its byline, time and label lines."""

    mark: PostMark
    marks: tuple[Line, ...]
    heading: Line | None
    paragraphs: tuple[Line, ...]
    label_lines: tuple[Line, ...] = ()

    def lines(self) -> list[Line]:
        """Return every line of the post, once."""
        return [*self.marks, *self.label_lines, *([self.heading] if self.heading else []), *self.paragraphs]

    @property
    def has_other_text(self) -> bool:
        """Return True if there is text besides the paragraphs: a heading, or text on the line of the time."""
        return self.heading is not None or bool(self.mark.mark.rest)

    @property
    def ends_with_time(self) -> bool:
        """Return True if the time is below the text."""
        return bool(self.paragraphs) and self.marks[-1].number > self.paragraphs[-1].number

    @property
    def has_time_below_heading(self) -> bool:
        """Return True if the time is between the heading and the text."""
        return self.heading is not None and self.heading.number < self.marks[0].number and not self.ends_with_time

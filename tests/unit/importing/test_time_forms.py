"""Forms in which pages of many publishers and languages write the times of posts."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from stoppress.importing.errors import NoPostTimesError, NotPlainTextError
from stoppress.importing.parsed_page import ParsedPage
from stoppress.importing.plain_text import parse_page

NOW = datetime(2024, 11, 22, 12, 0, tzinfo=UTC)


def parse(text: str, day: date | None = None, author: str = "", zone: str = "UTC") -> ParsedPage:
    page = parse_page(text, zone=ZoneInfo(zone), now=NOW, day=day, author=author)
    assert page.lost == 0
    return page


def clocks(page: ParsedPage) -> list[str]:
    return [f"{post.published_at:%H:%M}" for post in page.posts]


def times(page: ParsedPage) -> list[str]:
    return [f"{post.published_at:%Y-%m-%d %H:%M}" for post in page.posts]


def contents(page: ParsedPage) -> list[tuple[str, tuple[str, ...]]]:
    return [(post.headline, post.paragraphs) for post in page.posts]


def test_inline_times_run_backward_over_midnight() -> None:
    page = parse("Flood at Orrin\n\n00:40 The dam holds.\n\n00:05 Sirens sound.\n\n23:35 Rain again.\n\n22:50 Calm.\n")
    assert clocks(page) == ["00:40", "00:05", "23:35", "22:50"]
    assert [post.published_at.day for post in page.posts] == [22, 22, 21, 21]


def test_inline_times_run_forward_through_a_quiet_night() -> None:
    page = parse("Flood at Orrin\n\n3 May 2021\n\n22:10 Rain.\n\n23:30 Wind.\n\n05:25 Light.\n\n06:00 Calm.\n")
    assert times(page) == ["2021-05-03 22:10", "2021-05-03 23:30", "2021-05-04 05:25", "2021-05-04 06:00"]


def test_inline_times_over_two_midnights_are_all_posts() -> None:
    lines = ["01:00 A.", "23:00 B.", "09:00 C.", "00:30 D.", "22:00 E.", "12:00 F."]
    page = parse("Flood at Orrin\n\n" + "\n\n".join(lines))
    assert [post.published_at.day for post in page.posts] == [22, 21, 21, 21, 20, 20]


def test_date_lines_are_applied_before_the_order_is_judged() -> None:
    page = parse(
        "Flood at Orrin\n\n8 July 2021\n\n9:40 a.m. Road open\n\nIt is open.\n\n7:20 a.m. Crews out\n\nThey work.\n\n"
        "7 July 2021\n\n11:10 p.m. Dam holds\n\nIt holds.\n\n6:05 p.m. Rain\n\nIt rains.\n"
    )
    assert times(page) == ["2021-07-08 09:40", "2021-07-08 07:20", "2021-07-07 23:10", "2021-07-07 18:05"]
    assert page.posts[2].headline == "Dam holds" and len(page.set_aside) == 2


def test_one_time_out_of_order_is_still_a_post() -> None:
    page = parse("Flood at Orrin\n\n18:30 Rain.\n\n18:22 Wind.\n\n18:25 Hail.\n\n18:10 Calm.\n")
    assert clocks(page) == ["18:30", "18:22", "18:25", "18:10"]
    assert any("one direction" in warning for warning in page.warnings)


def test_epoch_above_and_joined_byline_below_are_one_post() -> None:
    page = parse(
        "Flood – live\n\nThe river rises.\n\n1709640000\nDam holds\nIt holds, she said.\nMara Lind5 March 2024 12:00\n"
        "1709636400\nRoad shut\nThe road is shut.\nMara Lind5 March 2024 11:00\n"
    )
    assert contents(page) == [("Dam holds", ("It holds, she said.",)), ("Road shut", ("The road is shut.",))]
    assert [post.bylines for post in page.posts] == [("Mara Lind",)] * 2 and page.standfirst == ("The river rises.",)


def test_iso_time_above_and_bulleted_byline_below_are_one_post() -> None:
    post = "2024-03-05T{0}:00:11.500Z\nThe dam holds, the mayor said.\n\n  • Mara Lind\n  • 5 March 2024 {0}:00\n\n"
    page = parse("Flood – live\n\nThe river rises.\n\n" + post.format(12) + post.format(11))
    assert [(p.bylines, p.paragraphs) for p in page.posts] == [
        (("Mara Lind",), ("The dam holds, the mayor said.",))
    ] * 2


def test_caption_at_the_end_of_a_post_is_no_heading_of_the_next() -> None:
    page = parse(
        "Flood at Orrin\n\n06:11\n\nThe dam has burst.\n\n06:09\n\nThe road is shut, police say.\n\n(River agency)\n\n"
        "06:03\n\nBoats are out.\n\nSee the whole map\n\n06:00\n\nIt rains.\n"
    )
    assert page.headline == "Flood at Orrin" and [post.headline for post in page.posts] == [""] * 4


@pytest.mark.parametrize(
    ("head", "first", "second", "third", "fourth"),
    [
        ("עדכונים מהנהר", "הסכר נפרץ", "הסכר נפרץ הלילה, אמרה דוברת העירייה.", "הכביש חסום", "הכביש חסום עד הבוקר."),
        ("أخبار النهر", "انهيار السد", "انهار السد الليلة، قالت المتحدثة.", "إغلاق الطريق", "الطريق مغلق حتى الصباح."),
        ("川の速報", "ダムが決壊", "ダムは今夜決壊したと市が発表した。", "道路が閉鎖", "道路は朝まで閉鎖される。"),
    ],
)
def test_headings_are_no_bylines_in_scripts_without_capitals(head, first, second, third, fourth) -> None:
    page = parse(f"{head}\n\n20:00\n\n{first}\n\n{second}\n\n19:00\n\n{third}\n\n{fourth}\n")
    assert page.headline == head and contents(page) == [(first, (second,)), (third, (fourth,))]
    assert all(not post.bylines for post in page.posts)


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        (("19:45 Uhr | Damm hält", "19:05 Uhr | Straße gesperrt"), ["19:45", "19:05"]),
        (("19:45 Uhr\n\nDamm hält", "19:05 Uhr\n\nStraße gesperrt"), ["19:45", "19:05"]),
        (("4.45 Uhr, Damm hält", "4.05 Uhr, Straße gesperrt"), ["04:45", "04:05"]),
        (("22.45 Uhr 📣 Damm hält", "22.05 Uhr 📣 Straße gesperrt"), ["22:45", "22:05"]),
        (("+++ 20.45 Uhr: Damm hält +++", "+++ 20.05 Uhr: Straße gesperrt +++"), ["20:45", "20:05"]),
        (("+++20.45 Uhr+++ Damm hält", "+++20.05 Uhr+++ Straße gesperrt"), ["20:45", "20:05"]),
        (("21h45\n\nLe barrage tient", "21h05\n\nRoute fermée"), ["21:45", "21:05"]),
        (("21 h 45 : Le barrage tient", "21 h 05 : Route fermée"), ["21:45", "21:05"]),
        (("20.45h La presa aguanta", "20.05h Carretera cortada"), ["20:45", "20:05"]),
        (("Ore 20.45 - La diga tiene", "ORE 20.05 - Strada chiusa"), ["20:45", "20:05"]),
        (("Le 5/03 à 06:45\n\nLe barrage tient", "Le 5/03 à 06:05\n\nRoute fermée"), ["06:45", "06:05"]),
        (("5. März, 12.45 Uhr:\n\nDamm hält", "5. März, 12.05 Uhr:\n\nStraße gesperrt"), ["12:45", "12:05"]),
        (("20時45分\n\nダムは無事", "20時05分\n\n道路が閉鎖"), ["20:45", "20:05"]),
        (("午後8時45分\n\nダムは無事", "午後8時5分\n\n道路が閉鎖"), ["20:45", "20:05"]),
        (("【20:45】ダムは無事", "【20:05】道路が閉鎖"), ["20:45", "20:05"]),
        (("٢٠:٤٥\n\nالسد صامد", "٢٠:٠٥\n\nالطريق مغلق"), ["20:45", "20:05"]),
        (("२०:४५\n\nबांध सुरक्षित", "२०:०५\n\nसड़क बंद"), ["20:45", "20:05"]),
        (("kl. 20.45\n\nDammen håller", "kl. 20.05\n\nVägen är stängd"), ["20:45", "20:05"]),
        (("20.45 uur – De dam houdt", "20.05 uur – Weg dicht"), ["20:45", "20:05"]),
        (("• Mar 5, 2024 11:45 AM GMT\n\nDam holds", "• Mar 5, 2024 11:05 AM GMT\n\nRoad shut"), ["11:45", "11:05"]),
        (("• 20:45 – Dam holds", "• 20:05 – Road shut"), ["20:45", "20:05"]),
        (("- 20:45 Dam holds", "- 20:05 Road shut"), ["20:45", "20:05"]),
        (("(20:45) Dam holds", "(20:05) Road shut"), ["20:45", "20:05"]),
        (("2045: Dam holds", "2005: Road shut"), ["20:45", "20:05"]),
        (("2045Dam holds", "2005Road shut"), ["20:45", "20:05"]),
        (("2:45 AM England Time: Dam holds", "2:05 AM England Time: Road shut"), ["02:45", "02:05"]),
        (("UPDATE, 3:45 p.m.: Dam holds", "UPDATE, 3:05 p.m.: Road shut"), ["15:45", "15:05"]),
        (("24:45 Dam holds", "24:05 Road shut"), ["00:45", "00:05"]),
        (("1. Dam holdspublished at 20:45 5 March", "2. Road shutpublished at 20:05 5 March"), ["20:45", "20:05"]),
    ],
)
def test_each_form_of_time_begins_a_post(stamps, expected) -> None:
    page = parse(f"Orrin\n\n{stamps[0]}\n\nThis is known so far.\n\n{stamps[1]}\n\nThis is also known.\n")
    assert clocks(page) == expected
    assert [post.paragraphs[-1] for post in page.posts] == ["This is known so far.", "This is also known."]
    texts = [text for post in page.posts for text in (post.headline, *post.paragraphs)]
    assert not any(text.startswith(("Uhr", "uur", "h ", "+", "|", ":", "📣")) for text in texts)


@pytest.mark.parametrize(
    "stamp",
    [
        *("5 de marzo de 2024 20:45", "5 mars 2024 à 20h45", "5. März 2024, 20.45 Uhr", "5 marzo 2024 ore 20.45"),
        *(
            "5 марта 2024, 20:45",
            "5 березня 2024 20:45",
            "5 marca 2024 20:45",
            "5 مارس 2024 20:45",
            "2024年3月5日 20:45",
        ),
        *("5 mars 2024 kl. 20.45", "5 maart 2024 20.45 uur", "5 Mart 2024 20:45", "5 de março de 2024 às 20h45"),
        *("20:45 5.3.2024", "2024-03-05 20:45", "5 Μαρτίου 2024 20:45", "5 मार्च 2024 20:45", "5 במרץ 2024 20:45"),
    ],
)
def test_names_of_months_are_known_in_many_languages(stamp: str) -> None:
    page = parse(f"Orrin\n\n{stamp}\n\nDam holds\n\nThis is known so far.\n")
    assert times(page) == ["2024-03-05 20:45"]


@pytest.mark.parametrize("zone", ["British Summer Time", "BST", "England Time"])
def test_names_of_zones_are_known(zone: str) -> None:
    page = parse(f"Orrin\n\n20:45 {zone} 5 July 2024\n\nDam holds\n\nThis is known so far.\n")
    assert times(page) == ["2024-07-05 19:45"]


def test_newest_post_names_the_day_for_the_others() -> None:
    page = parse("Orrin\n\n19:45 5.3.2024\n\nDam holds\n\nIt holds.\n\n18:05\n\nRoad shut\n\nIt is shut.\n")
    assert times(page) == ["2024-03-05 19:45", "2024-03-05 18:05"]


def test_date_line_of_the_page_may_end_with_a_colon() -> None:
    page = parse("Orrin\n\nTuesday, March 5:\n\n20:45: Dam holds.\n\n20:05: Road shut.\n")
    assert [time[5:] for time in times(page)] == ["03-05 20:45", "03-05 20:05"]


def test_place_behind_the_zone_is_no_byline() -> None:
    page = parse("Orrin\n\n01:05 UK\n\nIt rains.\n\n01:20 UK / Lower Tarve\n\nThe mill in Lower Tarve burns.\n")
    assert [post.bylines for post in page.posts] == [(), ()]


def test_listed_times_in_a_post_stay_text_with_a_warning() -> None:
    page = parse(
        "Orrin\n\n21:00\n\nThis is the timetable:\n\n22:30 First boats\n\n01:00 Most boats\n\n"
        "04:00 All boats\n\n20:30\n\nRain.\n"
    )
    assert clocks(page) == ["21:00", "20:30"] and len(page.posts[0].paragraphs) == 4
    assert any("looks like the time of a post" in warning and "7, 9, 11" in warning for warning in page.warnings)


def test_name_in_brackets_at_the_end_is_the_byline() -> None:
    page = parse("Orrin\n\n20:45 – A represa resiste\n\nEla resiste.\n\n(Por Mara Lind)\n\n20:05 – Chuva\n\nChove.\n")
    assert [post.bylines for post in page.posts] == [("Mara Lind",), ()]


def test_question_with_an_answer_is_a_heading() -> None:
    page = parse(
        "Flood – live\n\nIt rains.\n\nIs the dam safe? Mayor says yes\nIt is safe.\nMara Lind5 March 2024 12:00\n"
        "What now? Crews wait\nThey wait.\nMara Lind5 March 2024 11:00\n"
    )
    assert [post.headline for post in page.posts] == ["Is the dam safe? Mayor says yes", "What now? Crews wait"]


def test_one_inline_post_is_a_page() -> None:
    assert clocks(parse("Orrin\n\n8.45am: The dam holds.\n\nMore soon.\n")) == ["08:45"]


def test_agenda_in_prose_is_no_page() -> None:
    with pytest.raises(NoPostTimesError):
        parse(
            "Orrin today\n\n● At 9.30am the council meets. Then it rests.\n\n● The mayor speaks at 10.30am.\n\nHello.\n"
        )


def test_order_of_the_page_proves_the_second_hour_when_clocks_go_back() -> None:
    page = parse(
        "Orrin\n\n27 October 2024\n\n01:30\n\nRain.\n\n01:45\n\nWind.\n\n00:50\n\nCalm.\n", zone="Europe/London"
    )
    assert [post.published_at.isoformat()[11:] for post in page.posts] == [
        *("01:30:00+00:00", "01:45:00+01:00", "00:50:00+01:00")
    ]


def test_menu_above_the_headline_is_set_aside() -> None:
    page = parse("Secciones\nBuscar\nOrrin Courier\nThe dam at Orrin holds for now\n\n20:45: Rain.\n\n20:05: Wind.\n")
    assert page.headline == "The dam at Orrin holds for now" and len(page.set_aside) == 3


UNDATED = "Orrin\n\n00:20: Rain.\n\n23:45: Wind.\n\n23:05: Calm.\n"


def test_warning_counts_the_posts_that_are_dated_by_assumption() -> None:
    assert any(warning.startswith("3 posts are dated by assumption") for warning in parse(UNDATED).warnings)


def test_given_day_is_that_of_the_post_at_the_top() -> None:
    page = parse(UNDATED, day=date(2011, 8, 16))
    assert times(page) == ["2011-08-16 00:20", "2011-08-15 23:45", "2011-08-15 23:05"]
    assert not any("assumption" in warning for warning in page.warnings)


def test_given_author_is_the_byline_of_posts_without_one() -> None:
    page = parse("Orrin\n\n20:45 , Mara Lind\n\nRain.\n\n20:05\n\nWind.\n", author="Otto Hale")
    assert [post.bylines for post in page.posts] == [("Mara Lind",), ("Otto Hale",)]


def test_report_names_the_layout_and_the_runner_up() -> None:
    page = parse("Orrin\n\n20:45\n\nRain.\n\n20:05\n\nWind.\n")
    report = page.report()["layout"]
    assert isinstance(report, list) and report[0]["layout"] == "time above the post, 2 times"
    assert report[0]["score"] > report[1]["score"] > 0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('\n{"@context": "https://schema.org", "liveBlogUpdate": []}', "JSON-LD"),
        ('[{"time": "20:45"}]', "JSON"),
        ("\n<!-- saved -->\n<html>20:45</html>", "HTML"),
        ("<div>20:45\n<p>Rain.</p>\n", "HTML"),
        ('<?xml version="1.0"?>\n<rss/>', "XML"),
        ("From: <Saved by Blink>\nMIME-Version: 1.0\nContent-Type: multipart/related\n\n20:45", "MHTML"),
    ],
)
def test_error_names_the_format_that_is_not_text(text: str, name: str) -> None:
    with pytest.raises(NotPlainTextError, match=f"This is {name}, not plain text"):
        parse(text)

"""Lists as newsrooms have them: headings in any language, titles, `sep=` lines, no header, and columns by name."""

import io
from collections.abc import Mapping

import pytest

from stoppress.signup.lists import ImportRow, InvalidListError, RejectedRow, map_rows, read_records


def read(
    text: str | bytes,
    form: str = "auto",
    columns: Mapping[str, str] | None = None,
    only: Mapping[str, str] | None = None,
) -> list[ImportRow | RejectedRow]:
    data = text.encode() if isinstance(text, str) else text
    return list(map_rows(read_records(io.BytesIO(data)), form, columns or {}, only or {}))


def addresses(rows: list[ImportRow | RejectedRow]) -> list[str]:
    return [row.email for row in rows if isinstance(row, ImportRow)]


@pytest.mark.parametrize(
    "heading",
    [
        *("E-Mail-Adresse", "Adresse e-mail", "Courriel", "Correo electrónico", "Correo", "Indirizzo e-mail"),
        *("E-mailadres", "Endereço de e-mail", "Adres e-mail", "E-postadress", "Sähköposti", "Электронная почта"),
        *(
            "Електронна пошта",
            "البريد الإلكتروني",
            "メールアドレス",
            "邮箱",
            "이메일",
            "Kontakt",
            "  E-MAIL  ",
            "ＥＭＡＩＬ",
        ),
    ],
)
@pytest.mark.parametrize("layout", ["{h},Name\n{a},{n}\n", "Name;{h}\n{n};{a}\n", '"Name, all"\t"{h}"\n"{n}"\t"{a}"\n'])
def test_heading_in_any_language_is_found(heading: str, layout: str) -> None:
    assert addresses(read(layout.format(h=heading, a="mari@example.com", n="Mari"))) == ["mari@example.com"]


@pytest.mark.parametrize("mark", ["sep=;\r\n", "SEP=;\r\n", '"sep=;"\r\n', "\ufeffsep=;\r\n"])
def test_sep_line_of_excel_names_the_delimiter(mark: str) -> None:
    rows = read(f"{mark}Email;Name\r\nmari@example.com;Mari, Ås\r\n")
    assert addresses(rows) == ["mari@example.com"] and rows[0].row == 3


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_beside_others_inside_quotation_marks(delimiter: str) -> None:
    text = f'"Name, given; first | all"{delimiter}Mail\n"Å, B; C"{delimiter}mari@example.com\n'
    assert addresses(read(text)) == ["mari@example.com"]


def test_unusual_delimiter_of_a_sep_line_is_used() -> None:
    assert addresses(read("sep=^\nName^Email\nMari^mari@example.com\n")) == ["mari@example.com"]


@pytest.mark.parametrize(
    "data",
    [
        "Email,Name\rmari@example.com,Åse\rtove@example.com,Tove\r".encode("latin-1"),
        "Email,Name\r\nmari@example.com,Åse\r\ntove@example.com,Tove".encode("utf-16-le"),
        "Email,Name\nmari@example.com,Åse\ntove@example.com,Tove".encode("utf-16-be"),
        "\ufeffEmail\tName\r\nmari@example.com\tÅse\r\ntove@example.com\tTove\r\n".encode("utf-16"),
        "\ufeffEmail;Name\r\nmari@example.com;Åse\r\ntove@example.com;Tove\r\n".encode(),
        "Email;Имя\r\nmari@example.com;Мари\r\ntove@example.com;Туве\r\n".encode("cp1251"),
        "Email,名前\r\nmari@example.com,真理\r\ntove@example.com,東\r\n".encode("shift_jis"),
    ],
    ids=["mac", "utf-16-le", "utf-16-be", "utf-16", "utf-8 bom", "cp1251", "shift_jis"],
)
def test_encoding_and_line_ends_do_not_refuse_a_list(data: bytes) -> None:
    assert addresses(read(data)) == ["mari@example.com", "tove@example.com"]


def test_list_without_header_has_its_addresses_in_any_column() -> None:
    assert addresses(read("Mari,mari@example.com\nTove,tove@example.com\n")) == ["mari@example.com", "tove@example.com"]
    assert addresses(read("mari@example.com\ntove@example.com\n")) == ["mari@example.com", "tove@example.com"]


def test_lines_above_the_header_are_rejected_and_the_rest_is_read() -> None:
    rows = read("Abonnenten des Kuriers;\n\nStand: März;\nKontakt;Ort\nmari@example.com;Ås\n")
    assert [(row.row, isinstance(row, ImportRow)) for row in rows] == [(1, False), (3, False), (5, True)]
    assert {row.reason for row in rows if isinstance(row, RejectedRow)} == {"above the header"}


def test_column_with_most_addresses_is_used_when_headings_are_unknown() -> None:
    text = "Gast von,Kontakt\n,mari@example.com\nuwe@example.com,tove@example.com\n,odd@example.com\n"
    assert addresses(read(text)) == ["mari@example.com", "tove@example.com", "odd@example.com"]


def test_wrong_rows_are_left_to_the_check_of_addresses() -> None:
    rows = read("Correo,Nombre\nno-es-un-correo,Ana\n,Luis\nmari@example.com,Mari\n")
    assert [row.email for row in rows] == ["no-es-un-correo", "", "mari@example.com"]


def test_unreadable_first_line_is_rejected_and_the_rest_is_read() -> None:
    rows = read('"open,x\nemail,name\nmari@example.com,Mari\n')
    assert addresses(rows) == ["mari@example.com"] and isinstance(rows[0], RejectedRow)


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        ("Mari Ås <mari@example.com>", "mari@example.com"),
        ("mailto:mari@example.com", "mari@example.com"),
        ("\u200bmari@example.com\u00a0", "mari@example.com"),
        ("'=mari@example.com", "=mari@example.com"),
    ],
)
def test_address_is_taken_out_of_its_cell(cell: str, address: str) -> None:
    assert addresses(read(f"Correo;Nombre\n{cell};Mari\n")) == [address]


@pytest.mark.parametrize(
    "state",
    [
        *("unsubscribed", "Bounced", "cleaned", "Abgemeldet", "désabonné", "Désinscrite", "Baja", "cancelado"),
        *("disiscritto", "Uitgeschreven", "wypisany", "відписано", "отписан", "退订", " blocked "),
    ],
)
def test_row_that_is_marked_as_ended_in_any_language_is_rejected(state: str) -> None:
    good, ended = read(f"Correo;Estado\nmari@example.com;activo\ntove@example.com;{state}\n")
    assert isinstance(good, ImportRow) and good.confirmed
    assert isinstance(ended, RejectedRow) and ended.reason == "marked as ended in the list"


@pytest.mark.parametrize("state", ["pending", "Ausstehend", "non confirmé", "pendiente", "очікує"])
def test_row_whose_consent_is_open_is_not_confirmed(state: str) -> None:
    [row] = read(f"Correo;Estado\nmari@example.com;{state}\n")
    assert isinstance(row, ImportRow) and not row.confirmed


def test_operator_names_columns_by_heading_or_number() -> None:
    text = "Werber;Kontakt;Sprache;Ressort\nuwe@example.com;mari@example.com;nb;politik\n"
    [row] = read(text, columns={"email": "kontakt", "language": "Sprache", "topic": "4"})
    assert isinstance(row, ImportRow)
    assert (row.email, row.language, row.topic) == ("mari@example.com", "nb", "politik")
    [row] = read("uwe@example.com;mari@example.com\n", columns={"email": "2"})
    assert row.email == "mari@example.com"


def test_operator_imports_only_rows_with_a_value() -> None:
    text = "Correo;Situación\nmari@example.com;Alta \ntove@example.com;Se fue\n"
    good, other = read(text, only={"Situación": "alta"})
    assert isinstance(good, ImportRow)
    assert other == RejectedRow(3, "Situación is not alta", "tove@example.com", "Se fue")


@pytest.mark.parametrize(
    ("columns", "text_of_error"),
    [({"email": "Mail"}, "Mail.*Correo, Nombre"), ({"email": "7"}, "no column 7"), ({"topic": "Ressort"}, "Ressort")],
)
def test_named_column_that_does_not_exist_is_an_error(columns: dict[str, str], text_of_error: str) -> None:
    with pytest.raises(InvalidListError, match=text_of_error):
        read("Correo,Nombre\nmari@example.com,Mari\n", columns=columns)


GHOST = """id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,tiers
1,mari@example.com,Mari,,true,false,,2024-01-02T03:04:05.000Z,,
2,tove@example.com,Tove,,false,false,,2024-01-02T03:04:05.000Z,,
3,odd@example.com,Odd,,true,false,,2024-01-02T03:04:05.000Z,2024-05-02T03:04:05.000Z,
"""
SUBSTACK = """email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at
mari@example.com,false,,other,false,2024-01-02T03:04:05.000Z,
tove@example.com,true,,yearly,true,2024-01-02T03:04:05.000Z,2024-01-03T00:00:00.000Z
"""


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        (GHOST, ["gets no mail from Ghost", "deleted in Ghost"]),
        (SUBSTACK, ["email disabled at Substack"]),
    ],
    ids=["ghost", "substack"],
)
def test_export_of_ghost_or_substack_is_mapped(text: str, reasons: list[str]) -> None:
    first, *others = read(text)
    assert isinstance(first, ImportRow) and first.email == "mari@example.com" and first.confirmed
    assert first.confirmed_at and first.confirmed_at.year == 2024
    assert [row.reason for row in others if isinstance(row, RejectedRow)] == reasons


def test_mailchimp_export_in_another_language_is_mapped_wherever_its_addresses_are() -> None:
    head = '"Vorname","E-Mail-Adresse",MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,TIMEZONE,LEID,EUID\n'
    [row] = read(head + 'Mari,mari@example.com,2,"2019-03-05 12:33:01","2019-03-05 12:40:00",europe/oslo,1,2\n')
    assert isinstance(row, ImportRow) and (row.email, row.zone) == ("mari@example.com", "Europe/Oslo")

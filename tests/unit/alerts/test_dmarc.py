"""DMARC by RFC 9989: which record, organisational domain and policy a tree walk gives, and what is aligned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.alerts.preflight.dmarc import (
    find_policy,
    is_aligned,
    organisational_domain,
    parse_record,
    parse_tags,
    walk,
)


def make_lookup(zone):
    queried = []

    def lookup(name):
        queried.append(name)
        return [zone[name]] if isinstance(zone.get(name), str) else zone.get(name, [])

    return lookup, queried


def test_walk_queries_the_domain_and_every_parent():
    lookup, queried = make_lookup({})
    assert walk("a.mail.example.com", lookup) == []
    assert queried == ["_dmarc.a.mail.example.com", "_dmarc.mail.example.com", "_dmarc.example.com", "_dmarc.com"]


def test_walk_makes_at_most_eight_queries():
    lookup, queried = make_lookup({})
    walk("a.b.c.d.e.f.g.h.i.j.mail.example.com", lookup)
    assert queried[:2] == ["_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com", "_dmarc.g.h.i.j.mail.example.com"]
    assert len(queried) == 8 and queried[-1] == "_dmarc.com"


@pytest.mark.parametrize(
    ("zone", "organisation"),
    [
        ({}, "a.mail.example.com"),
        ({"_dmarc.mail.example.com": "v=DMARC1", "_dmarc.example.com": "v=DMARC1"}, "example.com"),
        ({"_dmarc.com": "v=DMARC1; psd=y"}, "example.com"),
        ({"_dmarc.mail.example.com": "v=DMARC1; psd=n", "_dmarc.example.com": "v=DMARC1"}, "mail.example.com"),
        ({"_dmarc.a.mail.example.com": "v=DMARC1; psd=n", "_dmarc.example.com": "v=DMARC1"}, "a.mail.example.com"),
        ({"_dmarc.a.mail.example.com": "v=DMARC1; psd=y"}, "a.mail.example.com"),
        ({"_dmarc.example.com": "v=DMARC1; psd=y", "_dmarc.com": "v=DMARC1"}, "mail.example.com"),
    ],
)
def test_organisational_domain_is_found(zone, organisation):
    domain = "a.mail.example.com"
    assert organisational_domain(domain, walk(domain, make_lookup(zone)[0])) == organisation


@pytest.mark.parametrize(
    ("texts", "is_record"),
    [
        (["v=DMARC1; p=none"], True),
        (["v = DMARC1 ;p=none"], True),
        (["something else", "v=DMARC1"], True),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], False),
        (["v=dmarc1; p=none"], False),
        (["p=none; v=DMARC1"], False),
        (["v=DMARC10; p=none"], False),
        ([], False),
    ],
)
def test_only_a_single_record_of_the_present_version_counts(texts, is_record):
    assert (parse_record("example.com", texts) is not None) is is_record


@pytest.mark.parametrize(
    ("domain", "exists", "record", "expected"),
    [
        ("example.com", True, "v=DMARC1; p=reject; sp=none", ("reject", "p")),
        ("mail.example.com", True, "v=DMARC1; p=reject; sp=quarantine; np=none", ("quarantine", "sp")),
        ("mail.example.com", False, "v=DMARC1; p=none; sp=quarantine; np=reject", ("reject", "np")),
        ("mail.example.com", False, "v=DMARC1; p=none; sp=quarantine", ("quarantine", "sp")),
        ("mail.example.com", False, "v=DMARC1; p=reject", ("reject", "p")),
        ("mail.example.com", True, "v=DMARC1; p=none; np=reject", ("none", "p")),
        ("example.com", True, "v=DMARC1", ("none", "p")),
        ("example.com", True, "v=DMARC1; p=QUARANTINE", ("quarantine", "p")),
        ("example.com", True, "v=DMARC1; p=strict", ("", "p")),
        ("example.com", True, "v=DMARC1; p=strict; rua=mailto:d@example.com", ("none", "p")),
        ("example.com", True, "v=DMARC1; p=reject; np=never", ("", "p")),
    ],
)
def test_policy_comes_from_the_tag_for_this_domain(domain, exists, record, expected):
    lookup, _ = make_lookup({"_dmarc.example.com": record})
    policy = find_policy(domain, walk(domain, lookup), exists=exists)
    assert (policy.value, policy.tag) == expected


def test_policy_of_a_public_suffix_applies_when_the_organisation_has_none():
    lookup, _ = make_lookup({"_dmarc.bank": "v=DMARC1; p=reject; psd=y"})
    policy = find_policy("mail.halden.bank", walk("mail.halden.bank", lookup), exists=True)
    assert (policy.record.domain, policy.value) == ("bank", "reject")


@pytest.mark.parametrize(
    ("tags", "domain", "aligned"),
    [
        ("", "halden.test", True),
        ("", "lists.halden.test", True),
        ("", "deep.lists.halden.test", True),
        ("", "nothalden.test", False),
        ("", "test", False),
        ("; aspf=s", "lists.halden.test", False),
        ("; aspf=s", "halden.test", True),
        ("; adkim=s", "lists.halden.test", True),
    ],
)
def test_alignment_is_relaxed_or_strict(tags, domain, aligned):
    lookup, _ = make_lookup({"_dmarc.halden.test": f"v=DMARC1; p=none{tags}"})
    policy = find_policy("halden.test", walk("halden.test", lookup), exists=True)
    assert is_aligned(domain, "halden.test", policy, "aspf", lookup) is aligned


def test_siblings_are_aligned_by_their_organisation():
    lookup, _ = make_lookup({"_dmarc.halden.test": "v=DMARC1; p=none"})
    policy = find_policy("news.halden.test", walk("news.halden.test", lookup), exists=True)
    assert is_aligned("lists.halden.test", "news.halden.test", policy, "aspf", lookup)


@given(st.text())
def test_tags_of_any_record_are_parsed(text):
    assert isinstance(parse_tags(text), dict)
    find_policy("h.test", walk("h.test", lambda name: [text]), exists=True)

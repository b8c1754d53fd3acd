"""The report: complete, self-contained, the answer first, and nothing in it that a column name could become."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from cerebro_core.blocks.report_intervals import axis_ticks, blocks_by_size, interval_words
from cerebro_core.blocks.report_markup import ended, first_sentence
from cerebro_core.blocks.report_numbers import estimate_text, interval_text
from cerebro_core.blocks.report_sections import assumptions_section
from cerebro_core.blocks.result import Diagnostic, Estimate, Result, ResultTable

Run = Callable[..., Any]
VOID = {"meta", "img", "br", "link"}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'onmouseover='alert(1)",
    "</style></title><svg onload=alert(1)>",
    "\x1b[31mred\x1b[0m",
    "\u202egnp.exe",
    r"$\frac{x}$",
    '=HYPERLINK("http://evil.example","x")',
    "\ud800",
    "a\nb",
    "x" * 300,
    '"""',
    "{__import__('os')}",
    "&lt;b&gt;",
    "javascript:alert(1)",
]


class Page(HTMLParser):
    """A page taken apart: tags with attributes, and whether every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def test_the_answer_comes_first_and_all_parts_follow_in_order(run_main: Run, full_result: Result) -> None:
    page = Page(run_main(full_result).report)
    order = [
        full_result.answer,
        "90% credible interval",
        "How sure, and what was checked",
        "The model follows sales.",
        "Recommended budget, next 13 weeks",
        "What was decided for you",
        "What was noticed about the data",
        "What must hold",
        "Literature",
        "How to repeat it",
    ]
    after_contents = page.text.find("The line marks the estimate")
    places = [page.text.find(order[0]), *(page.text.find(part, after_contents) for part in order[1:])]
    assert -1 not in places
    assert places == sorted(places)
    assert not page.open
    assert len([tag for tag, _ in page.tags if tag == "h1"]) == 1


def test_a_failed_check_stands_before_the_answer(run_main: Run, small_result: Result) -> None:
    bad = replace(small_result, diagnostics=(Diagnostic("rhat", "fail", "The chains disagree.", 1.3, 1.01),))
    text = Page(run_main(bad).report).text
    assert 0 < text.find("Do not act on this yet: 1 check failed") < text.find(small_result.answer)
    assert "The chains disagree." in text[: text.find(small_result.answer)]


def test_the_page_loads_nothing_and_runs_nothing(run_main: Run, full_result: Result) -> None:
    report = run_main(full_result).report
    for tag, attributes in Page(report).tags:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base", "form"}
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("src") or "data:image/png;base64,").startswith("data:image/png;base64,")
        address = attributes.get("href") or "#"
        if not address.startswith("#"):
            assert tag == "a"
            assert address.startswith("https://")
            assert "noopener" in (attributes["rel"] or "")
    assert "default-src 'none'" in report
    style = report[report.find("<style>") : report.find("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert "prefers-color-scheme:dark" in style
    assert "@media print" in style
    assert "max-width:640px" in style


def test_pictures_have_words_and_tables_have_heads(run_main: Run, full_result: Result) -> None:
    page = Page(run_main(full_result).report)
    assert all(attributes.get("alt") for tag, attributes in page.tags if tag == "img")
    assert all(attributes.get("scope") for tag, attributes in page.tags if tag == "th")
    assert ("html", {"lang": "en"}) in page.tags


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_never_markup(run_main: Run, sample: Any, text: str) -> None:
    estimate = Estimate("ate", 1.0, text, 0.1, 0.8, 1.2, 0.9, "credible", None, None, text, text, text, text)
    table = ResultTable((text, "n"), ((text, 1.5), (text, None)), text, text)
    result = Result(text, (estimate,), (Diagnostic("d", "warn", text, 1.0, 2.0),), {text: table}, (), 2)
    decision = {"field": "channels", "value": [text, {text: text}], "reason": text, "agent": text, "evidence": text}
    finding = {"severity": "warning", "code": "c", "message": text, "remedy": text, "field": None}
    ended = run_main(
        result,
        spec={**sample.SPEC, "channels": [text]},
        decisions=[decision],
        findings=[finding],
        citations=[{"text": text, "url": text}],
        method={**sample.METHOD, "title": text, "summary": text, "assumes": [text]},
    )
    page = Page(ended.report)
    allowed = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "h1",
        "small",
        "p",
        "a",
        "ul",
        "li",
        "div",
        "nav",
        "main",
        "section",
        "h2",
        "h3",
        "span",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
        "i",
        "b",
        "code",
        "pre",
        "details",
        "summary",
        "dl",
        "dt",
        "dd",
        "footer",
        "ol",
    }
    assert {tag for tag, _ in page.tags} <= allowed
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", ended.report)
    assert not [1 for tag, attributes in page.tags if tag == "a" and "javascript" in str(attributes.get("href"))]
    assert not page.open


def test_a_figure_of_not_finite_numbers_is_null_and_shown_as_unknown(run_main: Run) -> None:
    nan = float("nan")
    result = Result("x.", (Estimate("ate", nan, "Effect", nan, nan, nan, 0.9, "credible"),), (), {}, (), 1)
    ended = run_main(result)
    assert ended.document["estimates"][0]["value"] is None
    assert "n/a" in ended.report
    assert "nan" not in Page(ended.report).text.lower()


def test_long_tables_are_cut_and_name_their_file(run_main: Run, small_result: Result) -> None:
    text = Page(run_main(small_result).report).text
    assert "The first 15 of 208 rows; the rest is in tables/decomposition.csv" in text


def _entry(**given: Any) -> dict[str, Any]:
    blank = dict.fromkeys(
        (
            "label",
            "outcome",
            "group",
            "period",
            "std_error",
            "ci_low",
            "ci_high",
            "ci_set",
            "ci_level",
            "interval",
            "p_value",
        )
    )
    return {**blank, "name": "x", "unit": "", **given}


@pytest.mark.parametrize(
    ("given", "value", "interval"),
    [
        ({"value": 1234567.8, "ci_low": 1.1e6, "ci_high": 1.4e6}, "1,230,000", "1,100,000 to 1,400,000"),
        ({"value": 0.1234, "ci_low": 0.08, "ci_high": 0.17, "unit": "share of sales"}, "12.3%", "8.0% to 17.0%"),
        ({"value": 1.6234, "ci_low": 1.2, "ci_high": 2.0}, "1.62", "1.20 to 2.00"),
        ({"value": -0.00004, "ci_low": -0.1, "ci_high": 0.1}, "0.00", "−0.10 to 0.10"),
        ({"value": 5.0}, "5.00", ""),
        ({"value": None}, "n/a", ""),
        ({"value": 1.0, "ci_high": 2.0}, "1.00", "2.00 or less"),
        (
            {"value": 0.5, "std_error": 0.1, "ci_set": [[None, -0.2], [0.1, None]]},
            "0.50",
            "−0.20 or less or 0.10 or more",
        ),
        ({"value": 3e20, "ci_low": 1e20, "ci_high": 5e20}, "3e+20", "1e+20 to 5e+20"),
    ],
)
def test_numbers_have_as_many_digits_as_they_mean(given: dict[str, Any], value: str, interval: str) -> None:
    assert estimate_text(_entry(**given)) == value
    assert interval_text(_entry(**given)) == interval


@pytest.mark.parametrize("kind", ["credible", "confidence", "sequence", "set", None])
def test_every_kind_of_interval_is_explained(kind: str | None) -> None:
    assert interval_words(kind, 0.95).startswith("95% ")
    assert interval_words(kind, None)


@pytest.mark.parametrize(
    "ends",
    [(0.0, 0.0), (1.0, 1.0), (-3.0, 7.0), (1e-12, 2e-12), (1e15, 1e15 + 8), (-1e308, 1e308), (100.0, 101.0)],
)
def test_an_axis_spans_its_intervals(ends: tuple[float, float]) -> None:
    ticks = axis_ticks([_entry(value=ends[0], ci_low=ends[0], ci_high=ends[1])])
    assert len(ticks) <= 8
    if ticks:
        assert ticks[0] <= ends[0]
        assert ticks[-1] >= ends[1]


def test_one_wild_interval_does_not_hide_the_others() -> None:
    tame = [_entry(value=1.0, ci_low=0.5, ci_high=2.0) for _ in range(4)]
    assert axis_ticks([*tame, _entry(value=3.0, ci_low=0.1, ci_high=500.0)])[-1] < 5


def test_estimates_too_small_for_the_axis_get_their_own() -> None:
    entries = [
        _entry(value=59e6, ci_low=43e6, ci_high=78e6),
        _entry(value=860e3, ci_low=580e3, ci_high=1.19e6),
        _entry(value=0.0, ci_low=0.0, ci_high=0.0),
        _entry(value=None),
        _entry(value=121e6, ci_low=102e6, ci_high=138e6),
        _entry(value=-20.0, ci_low=-30.0, ci_high=-10.0),
    ]
    assert blocks_by_size(entries) == [[0, 2, 3, 4], [1], [5]]
    assert blocks_by_size([entries[0], entries[4]]) == [[0, 1]]


def test_an_estimate_reads_the_same_wherever_it_stands(
    run_main: Run, small_result: Result, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "sales gained in 13 weeks by the recommended split of the same budget as before"
    gain = Estimate("gain", 6_200.0, name, None, 100.0, 12_900.0, 0.9, "credible", unit="sales")
    wide = [
        Estimate(f"total_{n}", 6e4 * n, f"Total {n}", None, 3e4 * n, 8e4 * n, 0.9, "credible", unit="sales")
        for n in (1, 2, 3)
    ]
    text = Page(run_main(replace(small_result, estimates=(gain, *wide))).report).text
    assert text.count("6,200") == 2
    assert text.count("100 to 12,900") == 2
    assert text.count(name) == 2
    assert "[100 to 12,900]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Media caused 33% of sales. Search won.", "Media caused 33% of sales."),
        ("It rose by 2.5. Search won.", "It rose by 2.5."),
        ("It rose (2.1 to 3.3%). Search won.", "It rose (2.1 to 3.3%)."),
        ("TV vs. Radio, e.g. Spots by A. Smith: 3. no end", "TV vs. Radio, e.g. Spots by A. Smith: 3. no end"),
        ("One sentence", "One sentence"),
        ("", ""),
    ],
)
def test_the_headline_is_the_first_sentence(text: str, first: str) -> None:
    headline, rest = first_sentence(text)
    assert headline == first
    assert f"{headline} {rest}".strip() == text


def test_a_title_gets_one_end() -> None:
    assert ended("Did the chains agree?") == "Did the chains agree?"
    assert ended("Fit") == "Fit."


def test_checks_are_questions_with_their_name_beside(run_main: Run, small_result: Result) -> None:
    checks = (Diagnostic("rhat", "warn", "They differ.", 1.3, 1.01), Diagnostic("own_check", "pass", "Fine.", None))
    text = Page(run_main(replace(small_result, diagnostics=checks)).report).text
    assert "Did the chains agree? rhat" in text
    assert "Own check own_check" in text
    assert "measured 1.3, limit 1.01" in text
    assert "2 checks: 1 passed, 1 with a warning." in text


def test_result_tables_are_rounded_for_people_and_folded_when_long(run_main: Run, small_result: Result) -> None:
    budget = ResultTable(("channel", "spent", "new_rows"), (("tv", 1234567.0, 1234567), ("web", 812.34, 3)), "Budget")
    priors = ResultTable(("of", "low"), (("tv", 1e-51), ("web", 0.012345)), "Priors")
    long = ResultTable(("week",), tuple((week,) for week in range(41)), "Weeks")
    tables = {"budget": budget, "priors": priors, "weekly": long}
    report = run_main(replace(small_result, tables=tables)).report
    text = Page(report).text
    assert '<th scope="col" class="nw">channel</th>' in report
    assert "1,235,000" in text
    assert "812" in text
    assert "1,234,567" in text
    assert "1e-51" not in text
    assert "<h3>Budget</h3>" in report
    assert "Priors (2 rows)" in text
    assert "Weeks (41 rows)" in text


def test_the_method_is_explained_in_the_words_of_its_card() -> None:
    card = {
        "answers": ["Does it <work>?"],
        "when": ["You can count."],
        "when_not": ["You cannot."],
        "holds": ["It rains."],
    }
    page = assumptions_section({"summary": "A sum.", "assumes": ["Short."], **card})
    parts = ["A sum.", "Does it &lt;work&gt;?", "Use it when:", "You can count.", "Do not use it when:", "You cannot.",
             "right only if", "It rains."]  # fmt: skip
    places = [page.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)
    assert "Short." in assumptions_section({"summary": "", "assumes": ["Short."]})

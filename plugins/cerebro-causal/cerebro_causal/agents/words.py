"""What the question and the description say of the design, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from cerebro_causal.agents.mentions import find_mentions
from cerebro_core.roles import name_words

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile

CHANCE = re.compile(
    r"\brandomi[sz]\w*|\brandomly\b|\bat random\b|\brandom (?:half|third|quarter|part|subset|group|assignment|draw)\b"
    r"|\blotter(?:y|ies)\b|\bby lots?\b|\bdr[ea]w(?:n|ing|s)? lots\b"
    r"|\b(?:was|were|is|are) (?:purely |truly |quite )?random\b(?! sampl)"
    r"|\b(?:by|of) chance\b|\bchance decided\b|\bcoins?\b|\bdice\b"
    r"|\braffle\w*|\bout of a (?:bag|hat|box|urn|bowl)\b|\bnames? from a hat\b|\broll\w* (?:of )?(?:a |the )?die\b"
    r"|\brandom number|\brct\b|\ba/b[- ]?test\w*|\b(?:field|lab\w*|controlled|clinical|online) experiments?\b"
    r"|\b(?:clinical|controlled|cluster|field) trials?\b|\bdouble[- ]blind|\b(?:in|from) an experiment\b"
    r"|\bper zufall|\bzufällig\w*|\brandomisiert\w*|\bausgelost\b",
    re.IGNORECASE,
)
CHOICE = re.compile(
    r"\bchose\b|\bchoose\b|\bchosen by\b|\bopted\b|\bsigned up\b|\bvolunteer\w*|\bself[- ]select\w*|"
    r"\bon their own\b|"
    r"\bthemselves\b|\btheir own (?:choice|decision)\b|\bdecided to\b|\bwhen they like\b|\bobservational\b|"
    r"\b(?:not|nobody|never|n't) (?:\w+ ){0,2}?randomi[sz]\w*|\bnot (?:\w+ )?(?:at random|by chance)\b",
    re.IGNORECASE,
)
SAMPLED = re.compile(
    r"\brandom(?:ly)? (?:sampl\w+|survey\w*|interview\w*|select\w+ (?:for|into) the (?:survey|sample|panel))"
    r"|\b(?:sampled|surveyed|interviewed|polled) at random\b|\brandom sample",
    re.IGNORECASE,
)
DENIED = re.compile(
    r"\b(?:not|no|never|nobody|no one|without|isn't|wasn't|weren't|aren't|neither|nor|none|nothing|non|instead of|"
    r"rather than|nicht|kein\w*|ohne)\b[^.;!?]{0,60}$|\b(?:quasi|natural)[- ]$",
    re.IGNORECASE,
)
OBSERVED = re.compile(r"\bobservational\b|\bnot (?:an?|any) (?:experiment|trial)\b", re.IGNORECASE)
PEOPLE = (
    r"(?:those|people|customers|users|workers|employees|patients|firms|farms|shops|stores|pupils|students|households|"
    r"\w+s|the ones) "
)
RECEIVED = r"(?:were|got|took|had|have|received|chose|joined|used|use|bought|enrolled|signed up|did|participated)"
TREATED = re.compile(
    rf"\b(?:on|for|among|of|in|did|help|helped) (?:the )?(?:treated|participants|recipients|takers|enrolled|adopters|"
    rf"{PEOPLE}(?:who|that|which) (?:actually |really )?{RECEIVED}\b(?! not| n't))|\batt\b|\beffect on the treated\b|"
    rf"^for (?:those|(?:the )?\w+) (?:who|that) (?:actually |really )?(?:went|{RECEIVED})\b(?! not| n't)",
    re.IGNORECASE,
)
UNTREATED = re.compile(
    r"\bif we (?:extend|extended|offered|gave|rolled)\b|\b(?:the )?untreated\b|\beveryone else\b|\bto the rest\b|"
    r"\b(?:who|that|which) (?:did not|didn't|do not|don't|were not|weren't|have not|haven't|had not|lack)\b|"
    r"\b(?:who|that|which) (?:are|were) (?:still |yet )?without\b|\bwithout \w+\b[^.?]*\bif they\b|\batc\b",
    re.IGNORECASE,
)
COMPARED = re.compile(r"\b(?:than|compar\w+|versus|vs|against|similar|and|or)\b[^.;?]*$", re.IGNORECASE)
MATCHING = re.compile(
    r"\bpair(?:ed|ing)? (?:each|every|them|up|people|\w+) (?:\w+ )?(?:with|to)\b|"
    r"\bmatch(?:ed|ing)? (?:each|every|them|pairs?|\w+ (?:to|with) (?:\w+ )?similar)\b|"
    r"\bmatch(?:ed|ing) (?:on|with|by)\b|"
    r"\bpropensity score match\w*|\b(?:by|using|with|through|via) (?:\w+ ){0,2}matching\b|\bmatched (?:pairs|sample)\b|"
    r"\b(?:with|to|against|and) (?:a |an |the most |very |otherwise )*(?:similar|comparable|alike) "
    r"(?:ones?|\w+s?) without\b|\bnearest neighbou?rs?\b|\bstatistical twins?\b",
    re.IGNORECASE,
)
WEIGHTING = re.compile(
    r"\binverse[- ]probability|\binverse of (?:\w+ )?(?:propensit|probabilit|chance)\w*|"
    r"\bre-?weight\w* (?:by|them|people|\w+ by)|\bpropensity[- ](?:score )?weight\w*|"
    r"\b(?:by|using|with) (?:re)?weighting\b|\bipt?w\b",
    re.IGNORECASE,
)
PATH = re.compile(
    r"\b(?:only|solely|entirely|exclusively|wholly|fully|completely|purely)(?: \w+){0,7} "
    r"(?:through|via|by way of|by)\b|"
    r"\bonly (?:act|work|run|operate|go)s?\b[^.;]{0,30}\b(?:through|via)\b|"
    r"\b(?:through|via|by way of)\b[^.;,]{0,40}\b(?:only|alone|and nothing else)\b|\bfront[- ]?door\b|"
    r"\bfully mediat\w+|\bmediat\w+ (?:by|through)\b",
    re.IGNORECASE,
)
HIDDEN = re.compile(
    r"\b(?:not|never|cannot|can't|couldn't|did not|didn't|could not|un)[- ]?(?:be )?(?:measure\w*|"
    r"observe\w*|record\w*|see|know\w*)|\bhidden\b|\bunobserv\w+|\bunmeasur\w+|\bunrecorded\b|\bunknown\b",
    re.IGNORECASE,
)
INSTRUMENT = re.compile(r"\binstrument(?:s|al|ed|ing|e)?\b|\b2sls\b|\btwo[- ]stage least squares\b", re.IGNORECASE)
ENCOURAGED = re.compile(
    r"\bencourag\w+|\bnudg\w+|\burg(?:e|ed|ing)\b|\bremind\w*|\binvit\w+|\boffer(?:ed|s)?\b|\beligib\w+|\bsent\b|"
    r"\bletters?\b|\bvouchers?\b|\bdrawn?\b|\bpush\w*|\bprompt\w*",
    re.IGNORECASE,
)
EDGE = re.compile(
    r"\bthresholds?\b|\bcut-?offs?\b|\bnarrow(?:ly)?\b|\bjust (?:above|below|over|under|missed|made|passed|failed)\b|"
    r"\bbarely\b|\bclose elections?\b|\bpoverty line\b|\bdiscontinuit\w+|\beligibility (?:line|limit|age)\b",
    re.IGNORECASE,
)
CHANGE = re.compile(
    r"\bbefore and after\b|\bbefore the\b|\bafter the (?:change|reform|law|launch|switch|introduction)\b|\bsince\b|"
    r"\broll(?:ed)?[- ]?out\b|\bintroduc\w+|\badopt\w+|\blaunch\w*|\bdiff\w*[- ]in[- ]diff\w*|\bwent live\b|"
    r"\bhalf ?way\b|\bstagger\w*|\bovernight\b|\b(?:raised|changed|passed|opened|closed|built|began|started|brought|"
    r"banned|made|put) (?:\w+ )*in (?:(?:late |early |mid-?)?\d{4}|january|february|march|april|may|june|july|august|"
    r"september|october|november|december)\b|"
    r"\b(?:different|various) (?:years|months|dates|times)\b",
    re.IGNORECASE,
)
LATER = re.compile(
    r"\b(?:measured|recorded|observed|asked|collected|taken|known|counted|happen\w*|written) (?:\w+ ){0,3}"
    r"(?:after|afterwards|later)\b|\bafterwards?\b|\bas a result\b|\bresults? from (?:it|the treatment)\b|"
    r"\bonly after\b|\bafter the (?:switch|change|start|move|treatment|intervention|decision)\b|\bbased on (?:the )?"
    r"(?:outputs?|results?|outcomes?)\b|\bat discharge\b|\bconsequences? of\b|\bcaused by\b|\bawarded for\b|"
    r"\b(?:attended|joined|given|sent|done|made|held) after\b|\bafter the \w+(?: \w+)? (?:was|were|had been)\b|"
    r"\bthe \w+ after\b",
    re.IGNORECASE,
)
AFTER = frozenset(
    {
        "post",
        "after",
        "afterwards",
        "followup",
        "endline",
        "later",
        "subsequent",
        "nachher",
        "exit",
        "next",
        "following",
    }
)
BEFORE = frozenset(
    {"pre", "prior", "before", "past", "previous", "prev", "last", "baseline", "lag", "history", "vorher", "initial"}
)
UNTREATED_VALUES = frozenset(
    {"control", "ctrl", "a", "baseline", "0", "false", "old", "default", "off", "holdout", "kontrolle", "none", "no"}
    | {"classic", "normal", "regular", "existing", "legacy", "current", "conventional"}
    | {"n", "nein", "untreated", "placebo", "never", "usual", "standard", "comparison", "nothing", "without", "ohne"}
)

UNTREATED_PREFIX = re.compile(r"(?:not?|non|un|kein\w*|nicht)[ _-]", re.IGNORECASE)


def said_untreated(text: str, levels: Iterable[str]) -> str | None:
    """The one level that was not treated by the words: "Ohio did not", "but not in Ohio", "unlike Ohio"."""
    found = []
    for level in levels:
        name = re.escape(level)
        after = rf"\b{name}\b,?(?: \w+)? (?:(?:did|was|were|had) not|(?:did|was|were|had)n['’]t|never|kept)\b"
        before = rf"\b(?:not|unlike|without)(?: in| for| at| to)? {name}\b"
        than = r"(?:than|compared (?:with|to)|relative to|versus|vs\.?|instead of|rather than|over)"
        against = rf"\b{than}(?: \w+){{0,3}} {name}\b"
        if re.search(f"{after}|{before}|{against}", text, re.IGNORECASE):
            found.append(level)
    return found[0] if len(found) == 1 else None


def sentences(text: str) -> list[str]:
    """A text cut at full stops, question marks and semicolons."""
    return [part for part in re.split(r"(?<=[?.!;])\s+", text) if part.strip()]


def says_experiment(text: str) -> bool:
    """Whether the words say that chance assigned something, and do not deny it."""
    return bool(chance_sentences(text))


def says_choice(text: str) -> bool:
    """Whether the words say that units chose for themselves, or that chance did not decide."""
    return bool(CHOICE.search(text)) and not says_experiment(text)


def chance_sentences(text: str) -> list[str]:
    """The sentences that say that chance assigned something; none where any sentence denies it."""
    found = []
    if OBSERVED.search(text):
        return []
    for sentence in sentences(text):
        for match in CHANCE.finditer(sentence):
            if SAMPLED.search(sentence):
                continue
            if DENIED.search(sentence[: match.start()]):
                return []
            found.append(sentence)
            break
    return found


def said_estimand(text: str) -> str:
    """ "att" or "atc" where the words ask about these; else "". To compare with the untreated asks for neither."""
    for sentence in sentences(text):
        other = UNTREATED.search(sentence)
        if other and not COMPARED.search(sentence[: other.start()]):
            return "atc"
        if TREATED.search(sentence):
            return "att"
    return ""


def said_adjuster(text: str) -> str:
    """ "psm" or "ipw" where the words ask for matching or weighting; else ""."""
    return "psm" if MATCHING.search(text) else "ipw" if WEIGHTING.search(text) else ""


def said_later(text: str, names: Iterable[str]) -> frozenset[str]:
    """Columns that the words say were measured after the treatment."""
    names = list(names)
    return frozenset(
        item.column
        for sentence in sentences(text)
        if LATER.search(sentence) and not sentence.rstrip().endswith("?")
        for item in find_mentions(sentence, names)
        if item.strength >= 1
    )


def mentioned(text: str, names: Iterable[str]) -> list[str]:
    """Columns that a text names in full, in the order of the text."""
    return list(dict.fromkeys(item.column for item in find_mentions(text, names) if item.strength >= 1))


def untreated_value(levels: Mapping[str, int]) -> str | None:
    """The value of a treatment that says "untreated", where exactly one does."""
    found = [level for level in levels if name_words(level) & UNTREATED_VALUES or level in UNTREATED_VALUES]
    found = found or [level for level in levels if UNTREATED_PREFIX.match(level)]
    return found[0] if len(found) == 1 else None


def untreated_level(column: ColumnProfile) -> str | None:
    """The value of a column of words that says "untreated", as it is written, where exactly one does."""
    if column.kind != "text":
        return None
    levels = {str(value).casefold(): str(value) for value, _ in column.levels}
    found = untreated_value(dict.fromkeys(levels, 0))
    return None if found is None else levels[found]

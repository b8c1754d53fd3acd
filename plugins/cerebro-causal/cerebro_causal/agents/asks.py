"""What a question asks: which of the columns that it names is the cause, and which the result."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from cerebro_causal.agents.mentions import Mention, find_mentions, tokens_of
from cerebro_causal.agents.stems import stem, stems_in, words_in

CHANGES = stems_in(
    "raise increase reduce lower cut shorten lengthen lead cause change affect influence improve help boost drive "
    "prevent save cost hurt harm lift make get add bring shift move worsen protect stop encourage discourage "
    "decrease grow shrink speed slow weaken strengthen produce yield pay keep push trigger generate create "
    "contribute result deter delay extend alter impact sway damage benefit curb double halve"
)
INTRANSITIVE = stems_in("rise fall grow drop decline sink climb happen jump increase decrease")
AUXILIARY = words_in(
    "did does do has have had is are was were can could will would should may might didn't doesn't don't"
)
BECAUSE = re.compile(
    r"\b(because(?: of)?|due to|thanks to|caused by|owing to|as a (?:result|consequence) of|in response to|"
    r"respond(?:s|ed)? to|react(?:s|ed)? to|attributable to|depend(?:s|ed)? on|brought about by|driven by)\b"
)
EFFECT = re.compile(
    r"\b(?:(?:causal |average |treatment |total )*"
    r"(?:effect|impact|influence|consequences?|benefits?|returns?|payoff))s? "
    r"(?:(?:across|among|for|over|in|on average across) (?:\w+ ){1,4}?)?(?:of|to|from)\b"
)
WHETHER = re.compile(
    r"\b(?:whether|find out if|know if|see if|tell if|test if|check if|ask if|find out how|know how much|know what|"
    r"(?:^|(?<=\bto )|(?<=\bplease ))(?:estimate|measure|quantify))\b"
)
WITHOUT = re.compile(r"\b(?:without|had it not been for|but for|if not for)\b")
UPLIFT = re.compile(
    r"\b(?:uplift|lift|gains?|increase|rise|drop|fall|reduction|decrease|change|difference|growth|jump) (?:in|of)\b"
    r"(?P<result>.*?)\b(?:from|by|through|after|with|of)\b(?P<cause>.*)"
)
DEGREES = stems_in(
    "more less fewer higher lower better worse longer shorter larger smaller faster slower greater bigger"
)
ONCE = re.compile(
    r"\b(?:after|once|when|if|since) (?:they|he|she|it|we|one|people|someone|those|customers|users|firms|workers)\b"
)
EACH_MORE = re.compile(r"\b(?:for|with|per|by) (?:each|every|an?|one)? ?(?:extra|additional|more|further)\b")
INSTRUMENTED = 60  # characters after "as an instrument for" in which the treatment stands
INSTRUMENT_FOR = re.compile(r"\binstrument(?:al variable)?s? for\b", re.IGNORECASE)
INSTRUMENTING = re.compile(
    r"\b(?:instrumenting|instrumented|to instrument|we instrument)(?: for)? (?P<cause>[^,.;?]*?)\b(?:with|by|using)\b"
)
ON = frozenset({"on", "in", "for", "upon"})
BEING = frozenset({"being", "be", "going", "putting"})  # "the effect of being on X"
PRONOUN = re.compile(r"\b(because of|due to|thanks to) (it|this|that|them)\b")


@dataclass
class Asked:
    """What the words say of the columns.

    Attributes:
        causes, results: column -> how surely the grammar of the question makes it the cause, or the result.
        named: column -> how clearly the question names it.
        told: column -> how clearly the description names it.
    """

    causes: dict[str, float] = field(default_factory=dict)
    results: dict[str, float] = field(default_factory=dict)
    named: dict[str, float] = field(default_factory=dict)
    told: dict[str, float] = field(default_factory=dict)

    def add(self, to: dict[str, float], mentions: Iterable[Mention], weight: float = 1.0) -> None:
        """Count mentions, the strongest of each column."""
        for item in mentions:
            to[item.column] = max(to.get(item.column, 0.0), weight * item.strength)


def read_question(question: str, description: str, names: Iterable[str]) -> Asked:
    """Read who is to have changed what.

    Args:
        question: in the user's words.
        description: of the data.
        names: the columns.
    """
    names = list(names)
    asked = Asked()
    asked.add(asked.told, find_mentions(description, names))
    for sentence in re.split(r"(?<=[?.!;])\s+", question):
        mentions = [item for item in find_mentions(sentence, names) if not is_denied(sentence, item)]
        asked.add(asked.named, mentions)
        if is_causal(sentence):
            read_sentence(asked, sentence, mentions)
    said = INSTRUMENT_FOR.search(question)
    if said is not None:
        causes = find_mentions(question[said.end() :][:INSTRUMENTED], names)[:1]
        for item in find_mentions(question[: said.start()], names)[-1:]:
            asked.named.pop(item.column, None)
        asked.causes = {}
        asked.add(asked.causes, causes, 2.0)
    return asked


def is_denied(sentence: str, item: Mention) -> bool:
    """Whether a sentence says that it is not about a column: "of the audit, not of the letter"."""
    before = tokens_of(sentence)[max(0, item.start - 3) : item.start]
    return before[:1] == ["not"] and set(before[1:]) <= {"of", "the", "a", "about", "on", "for"} and len(before) > 1


def is_causal(sentence: str) -> bool:
    """Whether a sentence asks, or is a heading such as "effect of x on y"."""
    folded = sentence.casefold()
    return sentence.rstrip().endswith("?") or bool(EFFECT.search(folded)) or bool(WHETHER.search(folded))


def read_sentence(asked: Asked, sentence: str, mentions: list[Mention]) -> None:
    """Sort the mentions of one sentence into causes and results."""
    tokens = tokens_of(sentence)
    folded = " ".join(tokens)
    for reader in (
        read_instrumenting,
        read_dose,
        read_effect_of,
        read_because,
        read_without,
        read_uplift,
        read_once,
        read_how_much,
        read_verb,
    ):
        causes, results = reader(tokens, folded, mentions)
        if causes or results:
            asked.add(asked.causes, causes[:1] if reader is not read_verb else causes)
            asked.add(asked.results, results)
            return


Sorted = tuple[list[Mention], list[Mention]]


def place_of(folded: str, position: int) -> int:
    """Which token begins at, or after, a character of the joined tokens."""
    return len(folded[:position].split())


def read_instrumenting(tokens: list[str], folded: str, mentions: list[Mention]) -> Sorted:
    """ "instrumenting X with Z, what is X worth in Y"."""
    match = INSTRUMENTING.search(folded)
    if match is None:
        return [], []
    start, turn = place_of(folded, match.start("cause")), place_of(folded, match.end())
    causes = [item for item in mentions if start <= item.start < turn]
    others = [item for item in mentions if item.start >= turn and item.column != (causes or [item])[0].column]
    return (causes[:1], others[1:][-1:]) if causes and others else ([], [])


def read_dose(tokens: list[str], folded: str, mentions: list[Mention]) -> Sorted:
    """ "how many Y for every extra X"."""
    match = EACH_MORE.search(folded)
    if match is None:
        return [], []
    place = place_of(folded, match.end())
    after, before = [item for item in mentions if item.start >= place], [item for item in mentions if item.end <= place]
    return (after[:1], before[-1:]) if after and before else ([], [])


def read_effect_of(tokens: list[str], folded: str, mentions: list[Mention]) -> Sorted:
    """ "the effect of X on Y", "return to X in Y"; "X's effect on Y"."""
    match = EFFECT.search(folded)
    if match is None:
        also = re.search(r"\b(effect|impact|influence)s? (on|upon)\b", folded)
        if also is None:
            return [], []
        place = place_of(folded, also.start())
        return [item for item in mentions if item.end <= place], [item for item in mentions if item.start > place]
    place = place_of(folded, match.end())
    after = [item for item in mentions if item.start >= place]
    if not after:
        return [], []
    between = tokens[place : after[0].start]
    if any(token in ("on", "upon") and before not in BEING for before, token in pairwise(["", *between])):
        return [], after[:1]
    on = next((place for place in range(after[0].end, len(tokens)) if tokens[place] in ON), None)
    if on is None:
        return after[:1], []
    return [item for item in after if item.start < on], [item for item in after if item.start > on][:1]


def read_because(tokens: list[str], folded: str, mentions: list[Mention]) -> Sorted:
    """ "Y fell because of X"; "do those with X have more Y because of it"."""
    match = BECAUSE.search(folded)
    if match is None:
        return [], []
    place = place_of(folded, match.start())
    before = [item for item in mentions if item.end <= place]
    after = [item for item in mentions if item.start >= place]
    if after and not PRONOUN.search(folded):
        return after, before[-1:]
    if not before:
        return [], []
    return (before[:1] if len(before) > 1 else []), before[-1:]


def read_without(tokens: list[str], folded: str, mentions: list[Mention]) -> Sorted:
    """ "what would have happened to Y without X"."""
    match = WITHOUT.search(folded)
    if match is None or not re.search(r"\b(?:would|could) (?:\w+ )?have\b|\bhad\b", folded):
        return [], []
    place = place_of(folded, match.start())
    after, before = [item for item in mentions if item.start >= place], [item for item in mentions if item.end <= place]
    return (after, before[-1:]) if after and before else ([], [])


def read_uplift(tokens: list[str], folded: str, mentions: list[Mention]) -> Sorted:
    """ "the uplift in Y from X"."""
    match = UPLIFT.search(folded)
    if match is None:
        return [], []
    start, turn = place_of(folded, match.start("result")), place_of(folded, match.start("cause"))
    results = [item for item in mentions if start <= item.start < turn]
    causes = [item for item in mentions if item.start >= turn]
    return (causes, results[:1]) if causes and results else ([], [])


def read_once(tokens: list[str], folded: str, mentions: list[Mention]) -> Sorted:
    """ "do Y rise once they X"."""
    match = ONCE.search(folded)
    if match is None:
        return [], []
    place = place_of(folded, match.start())
    after, before = [item for item in mentions if item.start >= place], [item for item in mentions if item.end <= place]
    return (after, before[-1:]) if after and before else ([], [])


def read_how_much(tokens: list[str], folded: str, mentions: list[Mention]) -> Sorted:
    """ "how many Y does X save", "how much more Y do those with X have"."""
    match = re.search(r"\bhow (much|many)( more| fewer| less)?\b", folded)
    if match is None:
        return [], []
    place = place_of(folded, match.end())
    auxiliary = next((at for at in range(place, len(tokens)) if tokens[at] in AUXILIARY), None)
    if auxiliary is None:
        return [], []
    between = [item for item in mentions if place <= item.start < auxiliary]
    if not between:
        return [], []
    return [item for item in mentions if item.start > auxiliary][:1], between[:1]


def read_verb(tokens: list[str], folded: str, mentions: list[Mention]) -> Sorted:
    """ "did X raise Y", "what does X do to Y", "do Y rise with X"."""
    verb = main_verb(tokens, mentions)
    if verb is None:
        return [], []
    before = [item for item in mentions if item.start < verb]
    after = [item for item in mentions if item.start > verb]
    if stem(tokens[verb]) in INTRANSITIVE and not after and before:
        return [], before[-1:]
    return before, after[:1]


def main_verb(tokens: list[str], mentions: list[Mention]) -> int | None:
    """The place of the verb of change: after the auxiliary, and no part of a column's name."""
    within = {place for item in mentions for place in range(item.start, item.end)}
    opened = WHETHER.search(" ".join(tokens))
    start = place_of(" ".join(tokens), opened.end()) if opened else 0
    auxiliary = next((place for place, token in enumerate(tokens) if token in AUXILIARY), -1)
    if opened and not 0 <= auxiliary < place_of(" ".join(tokens), opened.start()):
        auxiliary = start - 1
    do_to = [
        place
        for place in range(max(auxiliary + 1, 1), len(tokens) - 1)
        if tokens[place] in ("do", "done", "worth", "mean") and tokens[place + 1] in ("to", "for", "in", "with")
    ]
    if do_to:
        return do_to[0]
    gerunds = 0 <= auxiliary < len(tokens) and tokens[auxiliary] in ("do", "does", "did")  # "does getting X change Y"
    for able in (CHANGES, INTRANSITIVE, DEGREES):
        for place in range(auxiliary + 1, len(tokens)):
            if place in within or tokens[place] in AUXILIARY or (gerunds and tokens[place].endswith("ing")):
                continue
            if stem(tokens[place]) in able:
                return place
    return None

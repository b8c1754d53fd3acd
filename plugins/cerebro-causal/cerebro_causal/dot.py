"""Reading DOT, the language of Graphviz, as far as a causal graph needs it; what is not understood is an error."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from cerebro_causal.dot_tokens import CUT, FORM, Token, refuse, tokens_of
from cerebro_core.blocks.display import display

HEADS = ("graph", "digraph", "dag")  # "dag" is DAGitty's
MOST_NESTED = 50
MOST_ARROWS = 1_000_000
NO, YES = ("no", "false", "0"), ("", "yes", "true", "1")
APART = "is not understood: write ; between arrows, {a b} for a set, and quotes round a name with spaces"


class Arrow(NamedTuple):
    """One arrow, `->` or `<->`."""

    left: str
    kind: str
    right: str


@dataclass
class Drawing:
    """What a text draws.

    Attributes:
        nodes: each once, in the order in which they come.
        arrows: with chains `a -> b -> c` and sets `{a b} -> c` taken apart.
        hidden: nodes that are said not to be measured, by `[observed=no]` or DAGitty's `[latent]`.
    """

    nodes: dict[str, None] = field(default_factory=dict)
    arrows: list[Arrow] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)


def read_dot(text: str) -> Drawing:
    """Read `digraph name { ... }`, or the statements alone.

    Sets, subgraphs, ports, comments and lists of attributes are read as Graphviz does. Attributes are passed over, but
    for `observed` and `latent` of a node and `dir` of an arrow.

    Raises:
        SpecError: with the piece that is not understood.
    """
    return Reader(text).read()


class Reader:
    """Reads one text by recursive descent."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens_of(text)
        self.place = 0
        self.depth = 0
        self.assigned: list[Token] = []
        self.drawn = Drawing()

    @property
    def now(self) -> Token:
        """The token that comes next."""
        return self.tokens[self.place]

    def take(self) -> Token:
        """Pass over the next token; the end stays."""
        token = self.now
        self.place = min(self.place + 1, len(self.tokens) - 1)
        return token

    def at(self, marks: str, later: int = 0) -> bool:
        """Whether one of these marks comes next, or later."""
        token = self.tokens[min(self.place + later, len(self.tokens) - 1)]
        return token.kind == "mark" and token.text in marks

    def at_word(self, *words: str) -> bool:
        """Whether one of the language's own words comes next; in quotes it is a name."""
        return self.now.kind == "word" and self.now.text.lower() in words

    def refuse(self, token: Token, why: str) -> NoReturn:
        """Name what is at fault, from this token on."""
        refuse(self.text, token.start, why)

    def read(self) -> Drawing:
        """The whole text."""
        if not self.head():
            self.statements(None)
            for token in self.assigned:
                if token.text in self.drawn.nodes:
                    self.refuse(token, f"is no arrow: {FORM.partition(': ')[2]}")
            return self.drawn
        self.statements(self.take())
        if self.now.kind != "end":
            self.refuse(self.now, "comes after the closing brace of the graph; give one graph")
        return self.drawn

    def head(self) -> bool:
        """Pass over `strict digraph name`, where a brace follows."""
        if self.at_word("strict"):
            self.take()
        if self.at_word(*HEADS):
            self.take()
            if self.now.is_name:
                self.take()
            if self.at("{"):
                return True
        self.place = 0
        return False

    def statements(self, opening: Token | None) -> list[str]:
        """Read to the closing brace, or to the end where none was opened; the nodes that are named."""
        self.depth += opening is not None
        if opening and self.depth > MOST_NESTED:
            self.refuse(opening, f"is more than {MOST_NESTED} braces deep")
        found: dict[str, None] = {}
        while not self.at("}") and self.now.kind != "end":
            if self.at(";"):
                self.take()
            else:
                found.update(dict.fromkeys(self.statement()))
        if opening and self.now.kind == "end":
            self.refuse(opening, CUT)
        if opening is None and self.now.kind != "end":
            self.refuse(self.now, "closes a brace that was not opened")
        if opening:
            self.take()
            self.depth -= 1
        return list(found)

    def statement(self) -> list[str]:
        """Defaults, an assignment, a node or arrows; the nodes in it."""
        if self.at_word("node", "edge", "graph") and self.at("[", 1):
            self.defaults()
            return []
        if self.now.kind in ("word", "quoted") and self.at("=", 1):
            self.assignment()
            return []
        return self.chain()

    def defaults(self) -> None:
        """Pass over `node [...]`, which must not say what is read of single nodes and arrows."""
        start = self.take()
        attributes = self.attributes()
        unread = {"observed", "latent"} if start.text.lower() == "node" else {"dir"}
        if unread & set(attributes) and attributes.get("dir") != "forward":
            self.refuse(start, f"is not read for all at once: say {' or '.join(sorted(unread))} at each")

    def assignment(self) -> None:
        """Pass over `rankdir=LR`."""
        start = self.take()
        self.take()
        self.value(start)
        if not self.depth:
            self.assigned.append(start)

    def chain(self) -> list[str]:
        """A node, or arrows between nodes and sets; the nodes in it."""
        first, start, is_set = self.place, self.now, self.at("{") or self.at_word("subgraph")
        ends, kinds = [self.end()], list[str]()
        while self.now.kind == "arrow":
            if self.now.text == "--":
                self.refuse(start, FORM)
            kinds.append(self.take().text)
            ends.append(self.end(start))
        if any(len(nodes) > 1 and comma for nodes, comma in ends[1:-1]):
            self.refuse(start, "can be read in two ways: write ; between arrows, and {a b} for a set")
        last = self.place
        attributes = self.attributes()
        if kinds:
            self.draw([nodes for nodes, _ in ends], kinds, attributes, start)
        elif attributes:
            if attributes.get("observed") in NO or attributes.get("latent") in YES:
                self.drawn.hidden |= set(ends[0][0])
        elif not (self.depth or is_set or last < self.place):
            self.stands_alone(first, last)
        return [node for nodes, _ in ends for node in nodes]

    def stands_alone(self, first: int, last: int) -> None:
        """Refuse a node in the line of another: half of a name with a space, or of a set without braces."""
        before, after = self.tokens[max(first - 1, 0)], self.tokens[last]
        touches = first > 0 and (before.kind, before.text) != ("mark", ";") and not self.tokens[first].fresh
        if touches or not (after.kind == "end" or after.fresh or self.at(";}")):
            self.refuse(before if touches else self.tokens[first], APART)

    def end(self, start: Token | None = None) -> tuple[list[str], bool]:
        """What stands at one end of an arrow: a node, several with commas, or a set; and whether commas are in it."""
        if self.at("{") or self.at_word("subgraph"):
            return self.subgraph(), False
        if start and (self.now.kind == "end" or self.at(";}")):
            self.refuse(start, "ends with an arrow that leads nowhere")
        nodes = [self.node()]
        while self.at(","):
            self.take()
            nodes.append(self.node())
        return nodes, len(nodes) > 1

    def subgraph(self) -> list[str]:
        """The nodes of `{ ... }` or of `subgraph name { ... }`."""
        start = self.now
        if not self.at("{"):
            self.take()
            if self.now.is_name:
                self.take()
        if not self.at("{"):
            self.refuse(start, "is not understood: a subgraph has braces")
        return self.statements(self.take())

    def node(self) -> str:
        """A node's name; where its arrows dock, `a:port:n`, is passed over."""
        if self.now.kind == "arrow":
            self.refuse(self.now, FORM)
        name = self.name()
        for _ in range(2):
            if self.at(":"):
                self.take()
                self.name()
        self.drawn.nodes.setdefault(name)
        return name

    def name(self) -> str:
        """A name; parts in quotes may be joined by +."""
        if not self.now.is_name:
            self.refuse(self.now, "is not understood; write a -> b; b -> c")
        token = self.take()
        name = token.text
        while token.kind == "quoted" and self.at_word("+"):
            self.take()
            token = self.now
            if token.kind != "quoted":
                self.refuse(token, "is not understood: + joins what stands in quotes")
            name += self.take().text
        return name

    def attributes(self) -> dict[str, str]:
        """Lists such as `[label="a", dir=both]`, keys and values in small letters; a key alone has an empty value."""
        found: dict[str, str] = {}
        while self.at("["):
            opening = self.take()
            while not self.at("]"):
                if self.now.kind == "end":
                    self.refuse(opening, CUT)
                key = self.value(opening).lower()
                found[key] = ""
                if self.at("="):
                    self.take()
                    found[key] = self.value(opening).lower()
                if self.at(",;"):
                    self.take()
            self.take()
        return found

    def value(self, start: Token) -> str:
        """An attribute's name or value."""
        if self.now.kind == "html":
            return self.take().text
        if self.now.kind == "quoted":
            return self.name()
        if self.now.kind == "end":
            self.refuse(start, CUT)
        if self.now.kind != "word":
            self.refuse(start, "is not understood: an attribute is written name=value")
        return self.take().text

    def draw(self, ends: list[list[str]], kinds: list[str], attributes: dict[str, str], start: Token) -> None:
        """Add the arrows from each node of one end to each of the next, turned as `dir` says."""
        way = attributes.get("dir", "forward")
        if way not in ("forward", "back", "both"):
            self.refuse(start, f"has dir={display(way, 40)}: an arrow is forward, back or both")
        for lefts, kind, rights in zip(ends, kinds, ends[1:], strict=False):
            if len(self.drawn.arrows) + len(lefts) * len(rights) > MOST_ARROWS:
                self.refuse(start, f"draws more than {MOST_ARROWS:,} arrows")
            pairs = [(left, right) for left in lefts for right in rights]
            if way == "back":
                pairs = [(right, left) for left, right in pairs]
            drawn = "<->" if way == "both" else kind
            self.drawn.arrows += [Arrow(left, drawn, right) for left, right in pairs]

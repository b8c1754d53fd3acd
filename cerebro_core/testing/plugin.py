"""The contract of any plugin: found, light, and saying what it adds."""

from __future__ import annotations

from importlib.resources import files
from typing import ClassVar

from packaging.requirements import Requirement

from cerebro_core.cards import read_card
from cerebro_core.load import import_name
from cerebro_core.method import Command, CorpusSource, Method
from cerebro_core.plugins import PluginState, plugins
from cerebro_core.testing.contract import Contract
from cerebro_core.testing.processes import heavy_imports, python

FEWEST_ANSWERS = 8
LONGEST_HELP = 100
RUN_CEREBRO = "from cerebro_core.cli import main; main()"


class PluginContract(Contract):
    """Checks of a plugin.

    Attributes:
        plugin: name of its entry point in `cerebro.plugins`, such as "pricing" or "mmm.acme".
    """

    plugin: ClassVar[str]

    @property
    def state(self) -> PluginState:
        """The plugin as `cerebro plugins` lists it."""
        found = [state for state in plugins().states() if state.name == self.plugin]
        assert found, f"no plugin '{self.plugin}' is installed; install the distribution, also in editable mode"
        return found[0]

    def methods(self) -> tuple[Method, ...]:
        """The methods that it adds."""
        keys = self.state.methods
        return tuple(method for method in plugins().methods() if method.key in keys)

    def commands(self) -> tuple[Command, ...]:
        """The commands that it adds."""
        names = self.state.commands
        return tuple(command for command in plugins().commands() if command.name in names)

    def test_it_loads(self) -> None:
        """It is found by its entry points and registered without a fault."""
        assert self.state.state == "ok", self.state.cause
        assert self.state.version != "?"

    def test_it_is_light(self) -> None:
        """Importing it brings no heavy package, so that `cerebro --help` stays quick."""
        assert heavy_imports(self.state.module) == []

    def test_its_methods_say_what_they_are(self) -> None:
        """Each has its texts and references, names code that exists, and requirements that can be read."""
        for method in self.methods():
            check_method(method)

    def test_its_cards_are_complete(self) -> None:
        """Each method has a card that says what it answers, when to use it, what it assumes, and where from."""
        for method in self.methods():
            check_card(method)

    def test_its_commands_have_help(self) -> None:
        """`cerebro <command> --help` works and begins with one line that says what the command is for."""
        for command in self.commands():
            assert 0 < len(command.help) <= LONGEST_HELP
            assert "\n" not in command.help
            assert (command.spec is None) != (command.run is None), f"{command.name}: give a spec or a function to run"
            found = import_name(command.spec or command.run or "")
            if command.spec is not None:
                assert command.data_optional == found.data_optional, (
                    f"{command.name}: command and spec disagree on data"
                )
            done = python(RUN_CEREBRO, command.name, "--help", TERM="dumb", COLUMNS="200", NO_COLOR="1")
            assert done.returncode == 0, done.stderr
            assert command.help.split()[0] in done.stdout

    def test_its_corpus_sources_exist(self) -> None:
        """Each names a folder of cards that it ships, or a distribution, with a licence."""
        for _, sources in plugins().call("cerebro_corpus", only=self.plugin):
            for source in sources:
                check_source(source)


def check_method(method: Method) -> None:
    """A method says what it is, in words and in names that resolve."""
    for field in ("title", "summary", "needs", "assumes", "estimands", "references"):
        assert getattr(method, field), f"{method.key}: its `{field}` is empty"
    assert ".blocks." in method.block, f"{method.key}: its block stands outside a package `blocks`"
    assert callable(import_name(method.block))
    for blocks in method.choices.values():
        for block in blocks.values():
            assert callable(import_name(block))
    spec = import_name(method.spec)
    assert spec.domain == method.domain
    if method.options is not None:
        fields = import_name(method.options).model_fields
        assert not set(fields) & set(spec.model_fields), f"{method.key}: an option has the name of a spec field"
        assert all(info.description for info in fields.values()), f"{method.key}: an option has no description"
    for package, requirement in method.requires.items():
        assert Requirement(requirement).name, f"{method.key}: {package}"


def check_card(method: Method) -> None:
    """A method's card is there and complete."""
    card = read_card(method)
    assert card is not None, f"{method.key}: it has no card"
    assert len(card.answers) >= FEWEST_ANSWERS, f"{method.key}: its card answers {len(card.answers)} questions only"
    assert len(set(card.answers)) == len(card.answers), f"{method.key}: its card holds a question twice"
    for field in ("title", "when", "when_not", "assumptions", "columns", "references", "recipe"):
        assert getattr(card, field), f"{method.key}: `{field}` of its card is empty"
    for reference in card.references:
        assert reference["text"]
        assert reference["url"] is None or str(reference["url"]).startswith("https://")


def check_source(source: CorpusSource) -> None:
    """A corpus source exists."""
    assert source.licence, f"{source.name}: it names no licence"
    assert source.kind in ("cards", "package"), f"{source.name}: kind '{source.kind}' is neither cards nor package"
    if source.kind == "cards":
        package, _, folder = source.location.partition(":")
        cards = [item for item in files(package).joinpath(folder).iterdir() if item.name.endswith(".toml")]
        assert cards, f"{source.name}: no card in {source.location}"

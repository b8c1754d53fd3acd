"""Loading in a process of its own: what is broken is listed with its cause, and everything else goes on working."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Site

GOOD = """
    from cerebro_core.hookspecs import hookimpl
    from cerebro_core.method import Command, Method

    @hookimpl
    def cerebro_methods():
        return [Method("good", "plain", "Plain", "Does it.", spec="x:Y", block="x.blocks.y:analyse")]

    @hookimpl
    def cerebro_commands():
        return [Command(name="good", domain="good", help="Say hello.", run="good_command:hello")]
"""
GOOD_COMMAND = """
    def hello() -> None:
        "Say hello."
        print("hello")
"""
HOOKED = "from cerebro_core.hookspecs import hookimpl\nfrom cerebro_core.method import Command, Method, CorpusSource\n"
METHOD = (
    HOOKED
    + "@hookimpl\ndef cerebro_methods():\n    return [Method({}, title='t', summary='s', spec='x:Y', block='b:c')]\n"
)

BROKEN: dict[str, tuple[str, str]] = {
    "missing import": ("import no_such_package_at_all", "no_such_package_at_all"),
    "syntax error": ("def broken(:\n    pass", "SyntaxError"),
    "exit at import": ("import sys\nsys.exit('bye')", "SystemExit: bye"),
    "error at import": ("raise RuntimeError('no licence key')", "RuntimeError: no licence key"),
    "hostile error": ("raise RuntimeError('\\x1b[2J\\n\\nroot# ' + 'x' * 100000)", "RuntimeError"),
    "misspelt hook": (
        HOOKED + "@hookimpl\ndef cerebro_validat(spec, table):\n    return []",
        "did you mean 'cerebro_validate'",
    ),
    "no hookimpl": (HOOKED + "def cerebro_methods():\n    return []", "lacks its @hookimpl"),
    "no hook": ("VALUE = 1", "has no hook"),
    "wrong arguments": (HOOKED + "@hookimpl\ndef cerebro_validate(spec, frame):\n    return []", "frame"),
    "too new": ("CEREBRO_API = 99", "plugin API 99"),
    "foreign method": (METHOD.format("'mmm', 'x'"), "name the entry point 'mmm.<your name>'"),
    "method twice": (
        HOOKED + "M = Method('odd', 'x', title='t', summary='s', spec='x:Y', block='b:c')\n"
        "@hookimpl\ndef cerebro_methods():\n    return [M, M]\n",
        "method 'odd/x' is already added",
    ),
    "no method": (HOOKED + "@hookimpl\ndef cerebro_methods():\n    return ['did']", "gave str where a Method"),
    "hook raises": (HOOKED + "@hookimpl\ndef cerebro_methods():\n    raise ValueError('oops')", "ValueError: oops"),
    "hook exits": (HOOKED + "@hookimpl\ndef cerebro_commands():\n    raise SystemExit(0)", "SystemExit"),
    "corpus raises": (HOOKED + "@hookimpl\ndef cerebro_corpus():\n    raise ValueError('oops')", "ValueError: oops"),
    "corpus of another kind": (HOOKED + "@hookimpl\ndef cerebro_corpus():\n    return [1]", "CorpusSource is wanted"),
    "undeclared command": (
        HOOKED + "@hookimpl\ndef cerebro_commands():\n    return [Command('secret', 'odd', 'x', run='x:y')]",
        "not declared in its entry points",
    ),
    "command of the core": (
        HOOKED + "@hookimpl\ndef cerebro_commands():\n    return [Command('plugins', 'odd', 'x', run='x:y')]",
        "'plugins' is already added by cerebro-core",
    ),
    "command of another": (
        HOOKED + "@hookimpl\ndef cerebro_commands():\n    return [Command('good', 'odd', 'x', run='x:y')]",
        "it belongs to good-dist 1.0",
    ),
}


def install_good(site: Site) -> None:
    site.install(
        "good-dist",
        plugins={"good": "good_plugin"},
        commands={"good": "good_plugin"},
        modules={"good_plugin": GOOD, "good_command": GOOD_COMMAND},
    )


def listed(site: Site, **environment: str) -> dict[str, dict[str, Any]]:
    """What `cerebro plugins --json` says, by name."""
    done = site.cerebro("plugins", "--json", **environment)
    assert done.returncode == 0, done.stderr
    return {item["name"]: item for item in json.loads(done.stdout)["plugins"]}


def test_a_good_plugin_is_listed_and_its_command_runs(site: Site) -> None:
    install_good(site)
    assert listed(site)["good"]["state"] == "ok"
    assert listed(site)["good"]["methods"] == ["good/plain"]
    assert site.cerebro("good").stdout.strip() == "hello"


def test_broken_plugins_are_listed_with_their_cause_and_harm_no_other(site: Site) -> None:
    """All of them at once, beside a good one."""
    install_good(site)
    for number, (source, _) in enumerate(BROKEN.values()):
        site.install(f"odd-{number}", plugins={f"odd{number}": f"odd_{number}"}, modules={f"odd_{number}": source})
    # Its own domain must be its entry point's name
    path = site.folder / f"odd_{list(BROKEN).index('method twice')}.py"
    path.write_text(path.read_text().replace("'odd'", f"'odd{list(BROKEN).index('method twice')}'"))
    states = listed(site)
    for number, (what, (_, cause)) in enumerate(BROKEN.items()):
        state = states[f"odd{number}"]
        assert state["state"] == "broken", what
        if what != "method twice":
            assert cause in state["cause"], what
        assert state["cause"].isprintable(), what
        assert len(state["cause"]) <= 500, what
        assert (state["distribution"], state["version"]) == (f"odd-{number}", "1.0")
    assert states["good"]["state"] == "ok"
    assert site.cerebro("good").stdout.strip() == "hello"
    shown = site.cerebro("plugins")
    assert shown.returncode == 0
    assert "no_such_package_at_all" in shown.stdout
    assert "\x1b" not in shown.stdout
    assert site.cerebro("plugins", "--check").returncode == 2
    help_page = site.cerebro("--help")
    assert help_page.returncode == 0
    assert "Say hello." in help_page.stdout
    methods = site.cerebro("methods", "--json")
    assert methods.returncode == 0
    assert "good" in {item["domain"] for item in json.loads(methods.stdout)["methods"]}


def test_the_command_of_a_broken_plugin_says_why(site: Site) -> None:
    site.install(
        "odd-dist",
        plugins={"odd": "odd_mod"},
        commands={"odd": "odd_mod"},
        modules={"odd_mod": "import nowhere_at_all"},
    )
    done = site.cerebro("odd", "data.csv")
    assert done.returncode == 2
    assert "odd-dist 1.0" in done.stderr
    assert "nowhere_at_all" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_cannot_take_the_name_of_one_of_the_core(site: Site) -> None:
    site.install(
        "thief", plugins={"thief": "thief_mod"}, commands={"plugins": "thief_mod"}, modules={"thief_mod": GOOD}
    )
    assert listed(site)["thief"]["state"] == "broken"


def test_a_declared_command_that_is_not_given_is_a_fault(site: Site) -> None:
    site.install(
        "half",
        plugins={"good": "half_mod"},
        commands={"good": "half_mod", "ghost": "half_mod"},
        modules={"half_mod": GOOD},
    )
    assert "declare the command 'ghost'" in listed(site)["good"]["cause"]


def test_a_plugin_that_prints_spoils_no_json(site: Site) -> None:
    site.install(
        "loud", plugins={"good": "loud_mod"}, modules={"loud_mod": "print('buy now')\n" + METHOD.format("'good', 'x'")}
    )
    assert listed(site)["good"]["state"] == "ok"


def test_an_extension_of_an_absent_domain_is_broken(site: Site) -> None:
    site.install("ext", plugins={"nowhere.ext": "ext_mod"}, modules={"ext_mod": METHOD.format("'nowhere', 'x'")})
    assert "domain 'nowhere', which is not there (it is not installed)" in listed(site)["nowhere.ext"]["cause"]


def test_an_extension_adds_a_method_and_a_second_of_that_name_is_refused(site: Site) -> None:
    install_good(site)
    site.install("ext-a", plugins={"good.a": "ext_a"}, modules={"ext_a": METHOD.format("'good', 'more'")})
    site.install("ext-b", plugins={"good.b": "ext_b"}, modules={"ext_b": METHOD.format("'good', 'more'")})
    states = listed(site)
    assert states["good.a"]["methods"] == ["good/more"]
    assert states["good.b"]["cause"] == "method 'good/more' is already added by ext-a 1.0"
    assert states["good"]["state"] == "ok"


def test_a_broken_extension_leaves_its_domain_working_and_is_named_where_missed(site: Site) -> None:
    install_good(site)
    site.install("ext-c", plugins={"good.c": "ext_c"}, modules={"ext_c": "import nowhere_at_all"})
    assert site.cerebro("good").stdout.strip() == "hello"
    done = site.python("from cerebro_core.plugins import plugins\nplugins().method('good', 'fancy')")
    assert "no method 'fancy' in good" in done.stderr
    assert "nowhere_at_all" in done.stderr


def test_disabled_plugins_are_never_imported(site: Site) -> None:
    site.install(
        "fuse",
        plugins={"fuse": "fuse_mod"},
        commands={"fuse": "fuse_mod"},
        modules={"fuse_mod": "import os\nos._exit(9)"},
    )
    states = listed(site, CEREBRO_DISABLE_PLUGINS="fuse")
    assert states["fuse"]["state"] == "disabled"
    done = site.cerebro("fuse", CEREBRO_DISABLE_PLUGINS="fuse")
    assert done.returncode == 2
    assert "switched off by CEREBRO_DISABLE_PLUGINS" in done.stderr


def test_only_the_domain_that_is_called_is_loaded(site: Site) -> None:
    install_good(site)
    site.install("ext-a", plugins={"good.a": "ext_a"}, modules={"ext_a": METHOD.format("'good', 'more'")})
    site.install("other", plugins={"other": "other_mod"}, modules={"other_mod": METHOD.format("'other', 'x'")})
    code = (
        "import sys\nfrom cerebro_core.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({'good_plugin', 'ext_a', 'other_mod', 'cerebro_mmm', 'pandas', 'duckdb'} & set(sys.modules)))"
    )
    assert site.python(code, "good").stdout.splitlines() == ["hello", "['ext_a', 'good_plugin']"]


def test_listing_plugins_imports_nothing_heavy(site: Site) -> None:
    code = (
        "import sys\nbefore = set(sys.modules)\nfrom cerebro_core.plugins import plugins\nplugins().states()\n"
        "heavy = {'pydantic', 'pandas', 'duckdb', 'numpy', 'jax', 'matplotlib', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules) - before))"
    )
    assert site.python(code).stdout.strip() == "[]"


@pytest.mark.parametrize(
    "damage", ["[cerebro.plugins]\nno equals sign here\n", "\udcff".encode("utf-8", "surrogateescape")]
)
def test_damaged_metadata_of_one_distribution_hides_no_other(site: Site, damage: str | bytes) -> None:
    install_good(site)
    site.install("harmed")
    path = site.folder / "harmed-1.0.dist-info" / "entry_points.txt"
    path.write_bytes(damage if isinstance(damage, bytes) else damage.encode())
    assert listed(site)["good"]["state"] == "ok"
    assert site.cerebro("good").stdout.strip() == "hello"


def test_hostile_plugin_names_in_real_metadata(site: Site) -> None:
    install_good(site)
    names = [
        "\x1b[31mred",
        "../../etc/passwd",
        "Upper",
        "a b",
        "<b>",
        "\u202egnp",
        "x" * 3000 + "!",
        "core",
        "$(reboot)",
    ]
    site.install("hostile", plugins=dict.fromkeys(names, "os"))
    shown = site.cerebro("plugins")
    assert shown.returncode == 0
    assert shown.stdout.replace("\n", "").isprintable()
    assert max(map(len, shown.stdout.splitlines())) < 400
    states = listed(site)
    assert states["good"]["state"] == "ok"
    assert sum(state["distribution"] == "hostile" for state in states.values()) >= len(names) - 1


def test_an_unknown_command_is_named_with_the_nearest_or_its_pip_line(site: Site) -> None:
    done = site.cerebro("plugin")
    assert done.returncode == 2
    assert "did you mean 'plugins'?" in done.stderr
    done = site.cerebro("geotest")
    assert done.returncode == 2
    assert "pip install cerebro-geo" in done.stderr

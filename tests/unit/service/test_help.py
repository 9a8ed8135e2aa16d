"""`--help` of every command and of every action of a command."""

import argparse
from collections.abc import Iterator

import pytest

from stoppress.service.cli.main import parser


def commands(top: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from commands(below, (*path, name))


ALL = list(commands(parser()))


def test_the_commands_are_those_of_the_readme() -> None:
    names = {path[0] for path in ALL if path}
    assert names >= {"demo", "serve", "open", "import", "subscribers", "topics", "token", "dkim", "migrate"}
    assert {("subscribers", "import"), ("subscribers", "export"), ("topics", "add"), ("topics", "list")} <= set(ALL)
    assert ("token", "create") in ALL


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_describes_a_command_and_each_of_its_options(path: tuple[str, ...], capsys) -> None:
    with pytest.raises(SystemExit) as end:
        parser().parse_args([*path, "--help"])
    said = capsys.readouterr().out
    assert not end.value.code
    assert said.startswith(f"usage: {' '.join(('stoppress', *path))} ")
    below = parser()
    for name in path:
        [actions] = [action for action in below._actions if isinstance(action, argparse._SubParsersAction)]
        below = actions.choices[name]
    options = [action for action in below._actions if action.option_strings and action.help != argparse.SUPPRESS]
    assert all(action.option_strings[-1] in said for action in options)

"""The `mma-bench` command: discover the commands of all installed packages and run one.

A package adds a command with an entry point in the group `mma_bench.commands`:

    [project.entry-points."mma_bench.commands"]
    summarise = "my_package.cli:summarise"

The entry point has the name of the command and refers to a function. Its parameters become options, its docstring
becomes the help text. A parameter annotated with a dataclass adds an option per annotated field: a command declares its
options in the class that its implementation takes, and commands can share a class. A name with a dot adds a command to
a group: `push.model` is `mma-bench push model`. An entry point that refers to a `typer.Typer` adds a group.
Every start imports all entry points, so a command should import slow modules (numpy, pyarrow, torch) in its body.
"""

import dataclasses
import functools
import inspect
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import typer
from typer.core import TyperGroup

from mma_bench import __version__
from mma_bench.core.errors import MMABenchError, traced
from mma_bench.core.signals import INTERRUPTED, Interrupted, raising_interrupted

ENTRY_POINTS = "mma_bench.commands"

_ORDER = (
    *("curate", "import", "fetch", "check", "review", "consensus", "build", "inspect"),
    *("export", "export.mp4", "export.llamafactory", "export.lmms-eval"),
    *("eval", "attention", "score", "report", "leaderboard", "train", "adapter-card", "space", "space-folder"),
    *("push", "push.dataset", "push.metric", "push.adapter", "push.space", "release", "train-tiny-omni"),
)
"""Commands of this project in workflow order, as listed by `--help`; commands of other packages follow."""


def command_line() -> TyperGroup:
    """Assemble the command line. Skip each command that cannot be loaded, with a warning on standard error.

    Raises:
        MMABenchError: no command of this project is registered.
    """
    registered = sorted(entry_points(group=ENTRY_POINTS), key=_place)
    if not any(entry.name in _ORDER for entry in registered):
        raise MMABenchError("no commands are registered; reinstall mma-bench")
    app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", pretty_exceptions_enable=False)
    app.callback()(_options)
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    for entry in registered:
        try:
            _add(root, entry)
        except Exception as error:  # a module of another package may raise anything
            package = entry.dist.name if entry.dist else "?"
            typer.secho(f"warning: no command {entry.name!r} of {package}: {traced(error)}", err=True, fg="yellow")
    return root


def main() -> None:
    """Run the command line. An `MMABenchError` is printed as a message and leads to exit code 1."""
    try:
        with raising_interrupted():
            command_line()()
    except MMABenchError as error:
        typer.secho(f"error: {error}", err=True, fg="red")
        sys.exit(1)
    except Interrupted as interrupted:
        typer.secho(INTERRUPTED, err=True)
        sys.exit(interrupted.exit_code)


def _place(entry: EntryPoint) -> tuple[int, bool, str]:
    """Return a sort key: first `_ORDER`, then commands of this project before others, then groups before members."""
    place = _ORDER.index(entry.name) if entry.name in _ORDER else len(_ORDER)
    return place, not entry.value.startswith("mma_"), entry.name


def _add(root: TyperGroup, entry: EntryPoint) -> None:
    group, _, name = entry.name.rpartition(".")
    parent = root.commands.get(group) if group else root
    if not isinstance(parent, TyperGroup):
        raise LookupError(f"there is no group {group!r} to add the command to")
    if name in parent.commands:
        raise LookupError("another package already has a command of this name")
    target = entry.load()
    app = target
    if not isinstance(target, typer.Typer):
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        app.command(name)(_with_fields_as_options(target))
    command = typer.main.get_command(app)
    command.name = name
    parent.commands[name] = command


def _with_fields_as_options(function: Callable[..., None]) -> Callable[..., None]:
    """Return the function with its dataclass parameters replaced by one keyword parameter per field."""
    options: list[inspect.Parameter] = []
    classes: dict[str, tuple[type[Any], list[str]]] = {}
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        cls = parameter.annotation
        if isinstance(cls, type) and dataclasses.is_dataclass(cls):
            types = get_type_hints(cls, include_extras=True)
            fields = [field for field in dataclasses.fields(cls) if get_origin(types[field.name]) is Annotated]
            classes[parameter.name] = cls, [field.name for field in fields]
            options += [_as_option(field, types[field.name]) for field in fields]
        else:
            options.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
    if not classes:
        return function

    @functools.wraps(function)
    def command(**given: Any) -> None:
        for name, (cls, names) in classes.items():
            values = {k: value for k in names if (value := given.pop(k)) is not None}
            given[name] = cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
        function(**given)

    command.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    return command


def _as_option(field: dataclasses.Field[Any], annotation: Any) -> inspect.Parameter:
    """Translate a dataclass field into a typer option.

    Variable-length tuples and default factories, which typer lacks, become None by default; `metadata["default"]`,
    if present, is the default as text on the command line.
    """
    kind, declared = get_args(annotation)
    kind = str if declared.parser or get_origin(kind) is Literal else kind
    default = inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default
    default = field.metadata.get("default", default)
    items = next((get_args(t)[0] for t in (kind, *get_args(kind)) if get_origin(t) is tuple), None)
    if items is not None or field.default_factory is not dataclasses.MISSING:
        items = str if get_origin(items) is Literal else items  # the class checks literals
        kind, default = (kind if items is None else list[items]) | None, None  # type: ignore[valid-type]
    return inspect.Parameter(
        field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, declared]
    )


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mma-bench {__version__}")
        raise typer.Exit


def _options(
    version: bool = typer.Option(False, "--version", callback=_print_version, is_eager=True, help="Print the version."),
) -> None:
    """MMA-Bench: does a multimodal model look, and does it listen?"""

"""The `mma-bench` command: a table of subcommands, imported when called, so that `--help` is instant."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from mma_bench import __version__
from mma_bench.core.errors import MMABenchError
from mma_bench.core.signals import INTERRUPTED, Interrupted, raising_interrupted


@dataclass(frozen=True)
class Lazy:
    """A subcommand that is not imported until it is called."""

    target: str
    """`module:function`."""
    summary: str


@dataclass(frozen=True)
class LazyTable:
    """A group of subcommands, each imported when it is called: they live in several packages."""

    summary: str
    commands: Mapping[str, Lazy]


PUSH = LazyTable(
    "Publish on the Hugging Face Hub: a dataset, the metric, an adapter or a Space.",
    {
        "dataset": Lazy("mma_bench.cli.push_dataset:push_dataset_command", "Publish a built dataset."),
        "metric": Lazy("mma_eval.cli.push_metric:push_metric_command", "Publish the metric."),
        "adapter": Lazy("mma_training.cli.push_adapter:push_adapter_command", "Publish a tuned adapter."),
        "space": Lazy("mma_space.cli.push_space:push_space_command", "Publish the page."),
    },
)
COMMANDS: Mapping[str, Lazy | LazyTable] = {
    "curate": Lazy(
        "mma_bench.cli.curate:curate_command", "Choose the clips of AudioSet that have one class: a manifest."
    ),
    "import": Lazy("mma_bench.cli.import_list:import_command", "Turn the authors' list in JSON into a manifest."),
    "fetch": Lazy("mma_bench.cli.fetch:fetch_command", "Download the clips of a manifest and cut them exactly."),
    "check": Lazy("mma_eval.cli.check:check_command", "Keep the clips whose class a model sees and hears."),
    "review": Lazy("mma_bench.cli.review:review_command", "Watch clip after clip and decide: one annotator's votes."),
    "consensus": Lazy(
        "mma_bench.cli.consensus:consensus_command", "Keep the clips that both annotators passed: a manifest."
    ),
    "build": Lazy("mma_bench.cli.build:build_command", "Build the dataset: from clips to a folder for load_dataset."),
    "inspect": Lazy("mma_bench.cli.inspect:inspect_command", "Draw a row, a clip or a file for a person to look at."),
    "export": Lazy("mma_bench.cli.export:app", "Write the rows of a dataset in other formats."),
    "eval": Lazy("mma_eval.cli.eval:eval_command", "Ask a model a dataset's questions, and score its answers."),
    "attention": Lazy(
        "mma_eval.cli.attention:attention_command", "Ask, and keep what attention the answers pay to each sense."
    ),
    "score": Lazy("mma_eval.cli.score:score_command", "Score a file of predictions, or merge and score runs."),
    "report": Lazy("mma_eval.cli.report:report_command", "Make a report of runs, as HTML and Markdown."),
    "leaderboard": Lazy("mma_eval.cli.leaderboard:leaderboard_command", "Check submitted runs and rank them."),
    "train": Lazy(
        "mma_training.cli.train:train_command", "Tune a model: a LoRA adapter that learns which sense to trust."
    ),
    "adapter-card": Lazy(
        "mma_training.cli.adapter_card:adapter_card_command", "Put the scores of an adapter's runs into its card."
    ),
    "space": Lazy("mma_space.cli.space:space_command", "Open the page where clips are put in conflict."),
    "space-folder": Lazy(
        "mma_space.cli.space_folder:space_folder_command", "Write the folder that is pushed as a Space."
    ),
    "push": PUSH,
    "release": Lazy(
        "mma_space.cli.release:release_command",
        "Make the wheel and folders of one version: a release.",
    ),
    "train-tiny-omni": Lazy(
        "mma_eval.cli.train_tiny:train_tiny_command", "Train the small model that ships with the package."
    ),
}


class LazyGroup(TyperGroup):
    """Shows a table for `--help`; imports a command only to run it."""

    table: Mapping[str, Lazy | LazyTable] = COMMANDS

    def list_commands(self, ctx: Any) -> list[str]:
        """The subcommands, in the table's order."""
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A stand-in with the summary; `resolve_command` gets the real one."""
        if cmd_name not in self.table:
            return None
        stand_in = typer.Typer()
        stand_in.command(cmd_name, help=self.table[cmd_name].summary)(lambda: None)
        return typer.main.get_command(stand_in)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Import the command that was called."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, _load(name, self.table[name]) if name is not None and name in self.table else command, rest


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, rich_markup_mode="markdown", pretty_exceptions_enable=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mma-bench {__version__}")
        raise typer.Exit


@app.callback()
def mma_bench(
    version: bool = typer.Option(False, "--version", callback=_print_version, is_eager=True, help="Print the version."),
) -> None:
    """MMA-Bench: does a multimodal model look, and does it listen?"""


def main() -> None:
    """Run the command line. An error of ours becomes one message and exit code 1."""
    try:
        with raising_interrupted():
            app()
    except MMABenchError as error:
        typer.secho(f"error: {error}", err=True, fg="red")
        sys.exit(1)
    except Interrupted as interrupted:
        typer.secho(INTERRUPTED, err=True)
        sys.exit(interrupted.exit_code)


def _load(name: str, entry: Lazy | LazyTable) -> Any:
    if isinstance(entry, LazyTable):
        group = type("LazySubgroup", (LazyGroup,), {"table": entry.commands})
        target: Any = typer.Typer(cls=group, no_args_is_help=True, add_completion=False, help=entry.summary)
        target.callback()(lambda: None)
    else:
        module, _, attribute = entry.target.partition(":")
        target = getattr(import_module(module), attribute)
    if isinstance(target, typer.Typer):
        command = typer.main.get_command(target)
    else:
        single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        single.command(name)(target)
        command = typer.main.get_command(single)
    command.name = name
    return command

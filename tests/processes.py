"""Find the processes that a process started."""

from pathlib import Path


def descendants(pid: int) -> list[int]:
    """List the processes that a process started, and theirs, the eldest first."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    return [*children, *(later for child in children for later in descendants(child))]
